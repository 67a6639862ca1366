using Kilometers.Contracts;
using Kilometers.Contracts.Packages;

namespace Kilometers.PluginHost.Discovery;

/// <summary>The words for an installed plugin that does not run: what the gate said, put as it concerns a session.</summary>
internal static class Refusal
{
    /// <param name="error">What the gate said.</param>
    /// <param name="manifest">What the package says about itself, where that was read.</param>
    /// <param name="label">What to call it otherwise.</param>
    public static KmError Explain(KmError error, PluginManifest? manifest, string label)
    {
        var name = manifest?.Name ?? label;
        return error.Code switch
        {
            ErrorCode.TierTooLow => error with
            {
                Summary = $"Plugin '{name}' requires {manifest?.RequiredTier} subscription",
                Detail = null,
            },
            ErrorCode.CliVersion => error with
            {
                Summary =
                    $"Plugin '{name}' requires CLI v{manifest?.MinimumCliVersion}{(manifest?.MaximumCliVersion is { } maximum ? $" to v{maximum}" : "+")}",
                Detail = null,
                Hint = "Update CLI: km update",
            },
            _ => error with { Summary = $"Plugin '{name}' is not started: {error.Summary}" },
        };
    }
}
