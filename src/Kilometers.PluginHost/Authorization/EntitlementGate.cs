using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.Entitlements.Tokens;
using Kilometers.PluginHost.Discovery;

namespace Kilometers.PluginHost.Authorization;

/// <summary>Whether the user's entitlement covers a package. The plugin decides the same once more, by its own seal.</summary>
internal static class EntitlementGate
{
    /// <summary>The refusals that end when the entitlement changes.</summary>
    private static readonly HashSet<string> Codes =
    [
        ErrorCode.TierTooLow,
        ErrorCode.OtherCustomer,
        ErrorCode.NotSignedIn,
        ErrorCode.EntitlementInvalid,
        ErrorCode.EntitlementExpired,
        ErrorCode.EntitlementDenied,
        ErrorCode.ClockSetBack,
        ErrorCode.ApiKeyRefused,
        ErrorCode.ApiCustomerSuspended,
        ErrorCode.ApiUnreachable,
        ErrorCode.ApiTimeout,
        ErrorCode.ApiAnswer,
        ErrorCode.ApiInternal,
        ErrorCode.ApiBusy,
        ErrorCode.ApiRateLimited,
    ];

    /// <summary>Whether an error may be gone with another entitlement.</summary>
    public static bool IsAbout(KmError? error) => error is not null && Codes.Contains(error.Code);

    /// <summary>Whether running a package depends on the entitlement. What is Free does not, whichever customer it was built for: no account, no network.</summary>
    public static bool Concerns(PluginManifest? manifest) => manifest is not null && manifest.RequiredTier != nameof(Tier.Free);

    /// <summary>Whether a package that needs no entitlement does more with one: it is told of every change, and none keeps it from running.</summary>
    public static bool Extends(PluginManifest? manifest) =>
        manifest is { Customer: not null, Capabilities.Credentials: true } && !Concerns(manifest);

    /// <summary>A package that was found, with the refusal that the entitlement adds, or puts in better words.</summary>
    public static FoundPackage Apply(FoundPackage package, EntitlementView view)
    {
        if (package.Front?.Unverified is not { } manifest)
            return package;
        if (package.Error is null)
            return package with { Error = Check(manifest, view) };

        // "Requires Pro" would be the wrong words for somebody who has Pro and no network.
        return package.Error.Code == ErrorCode.TierTooLow && view.CustomerId is not null
            ? package with
            {
                Error = Check(manifest, view) ?? package.Error,
            }
            : package;
    }

    /// <returns>Why it does not run; null if it may.</returns>
    public static KmError? Check(PluginManifest manifest, EntitlementView view)
    {
        if (!Concerns(manifest))
            return null;
        if (view.State == EntitlementState.Denied || view.Token is null)
        {
            var why = view.Error ?? new KmError(ErrorCode.NotSignedIn, "There is no entitlement");
            return why with { Summary = $"Plugin '{manifest.Name}' does not run: {why.Summary}" };
        }

        if (TierGate.Check(manifest.Name, manifest.RequiredTier, view.Tier, view.UpgradeAdvice, out _) is { } tooLow)
            return tooLow;
        if (manifest.Customer is { } customer && !view.Token.Allows(manifest.Name, customer.BuildId))
            return new KmError(
                ErrorCode.EntitlementDenied,
                $"Plugin '{manifest.Name}' does not run: the API does not allow this build",
                $"Build {customer.BuildId}",
                "Get the current one: km plugins refresh"
            );
        return null;
    }
}
