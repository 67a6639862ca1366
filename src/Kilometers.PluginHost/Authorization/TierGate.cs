using Kilometers.Contracts;

namespace Kilometers.PluginHost.Authorization;

/// <summary>Whether a plugin's tier is covered. What a session has comes from its entitlement; without one it is Free.</summary>
internal static class TierGate
{
    /// <param name="plugin">The plugin's name.</param>
    /// <param name="requiredTier">What it says it requires.</param>
    /// <param name="available">What the session has.</param>
    /// <param name="advice">How to get more.</param>
    /// <param name="required">The same as a tier.</param>
    /// <returns>Null if it may run.</returns>
    public static KmError? Check(string plugin, string requiredTier, Tier available, string advice, out Tier required)
    {
        if (!TierText.TryParse(requiredTier, out required))
            return new KmError(
                ErrorCode.PluginContract,
                $"Plugin '{plugin}' names an invalid tier: '{requiredTier}'",
                Hint: "A plugin's RequiredTier is Free, Pro or Enterprise."
            );
        return required <= available
            ? null
            : new KmError(ErrorCode.TierTooLow, $"Plugin '{plugin}' requires {required} subscription", Hint: advice);
    }
}
