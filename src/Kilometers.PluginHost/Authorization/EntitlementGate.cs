using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.Entitlements.Tokens;

namespace Kilometers.PluginHost.Authorization;

/// <summary>Whether the user's entitlement covers a package. The plugin decides the same once more, by its own seal.</summary>
internal static class EntitlementGate
{
    /// <summary>The refusals that end when the entitlement changes.</summary>
    private static readonly HashSet<string> Codes =
    [
        ErrorCode.TierTooLow, ErrorCode.OtherCustomer, ErrorCode.NotSignedIn, ErrorCode.EntitlementInvalid, ErrorCode.EntitlementExpired, ErrorCode.EntitlementDenied, ErrorCode.ClockSetBack,
        ErrorCode.ApiKeyRefused, ErrorCode.ApiCustomerSuspended, ErrorCode.ApiUnreachable, ErrorCode.ApiTimeout, ErrorCode.ApiAnswer, ErrorCode.ApiInternal, ErrorCode.ApiBusy, ErrorCode.ApiRateLimited,
    ];

    /// <summary>Whether an error may be gone with another entitlement.</summary>
    public static bool IsAbout(KmError? error) => error is not null && Codes.Contains(error.Code);

    /// <summary>Whether running a package depends on the entitlement.</summary>
    public static bool Concerns(PluginManifest? manifest) => manifest is not null && (manifest.Customer is not null || manifest.RequiredTier != nameof(Tier.Free));

    /// <returns>Why it does not run; null if it may.</returns>
    public static KmError? Check(PluginManifest manifest, EntitlementView view)
    {
        if (!Concerns(manifest)) return null;
        if (view.State == EntitlementState.Denied || view.Token is null)
        {
            var why = view.Error ?? new KmError(ErrorCode.NotSignedIn, "There is no entitlement");
            return why with { Summary = $"Plugin '{manifest.Name}' is not started: {why.Summary}" };
        }

        if (!TierText.TryParse(manifest.RequiredTier, out var required) || required > view.Tier)
            return new KmError(ErrorCode.TierTooLow, $"Plugin '{manifest.Name}' requires {manifest.RequiredTier} subscription", Hint: $"Upgrade your plan at: {TierGate.UpgradeAddress}");
        if (manifest.Customer is { } customer && !view.Token.Allows(manifest.Name, customer.BuildId))
            return new KmError(ErrorCode.EntitlementDenied, $"Plugin '{manifest.Name}' is not started: the API does not allow this build", $"Build {customer.BuildId}", "Get the current one: km plugins refresh");
        return null;
    }
}
