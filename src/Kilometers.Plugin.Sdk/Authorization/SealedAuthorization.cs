using Kilometers.Contracts;
using Kilometers.Entitlements.Seals;
using Kilometers.Entitlements.Tokens;

namespace Kilometers.Plugin.Sdk.Authorization;

/// <summary>
/// Decides in the plugin itself whether it may run, by the issuer's key in its own seal: neither a host that skips its checks nor a package
/// that was copied from another customer unlocks anything. The signed binary says whom to believe, never what the host sends.
/// </summary>
internal sealed class SealedAuthorization(CustomerSeal? seal, TimeProvider time)
{
    private long _latest;

    /// <summary>By the seal of the executable that is running.</summary>
    public static SealedAuthorization OfThisProcess() => new(ReadSeal(), TimeProvider.System);

    /// <summary>Whether a plugin that needs more than the Free tier may run.</summary>
    public AuthenticationResult Decide(KilometersPlugin plugin, AuthenticationRequest request)
    {
        if (seal is null)
            return AuthenticationResult.Denied(
                $"{plugin.Name} requires the {plugin.RequiredTier} tier and this copy was built for no customer.",
                ErrorCode.EntitlementInvalid
            );
        if (request.EntitlementToken.Length == 0)
            return AuthenticationResult.Denied(
                $"{plugin.Name} requires the {plugin.RequiredTier} tier and the session has no entitlement.",
                ErrorCode.NotSignedIn
            );
        if (
            EntitlementToken.Verify(request.EntitlementToken, seal.Issuer, seal.IssuerKey) is not { } token
            || token.CustomerId != seal.CustomerId
            || IsForAnother(token, request)
        )
            return AuthenticationResult.Denied(
                $"The entitlement is not one that {seal.Issuer} issued to the customer whom {plugin.Name} was built for.",
                ErrorCode.EntitlementInvalid
            );
        if (seal.Plugin != plugin.Name || seal.Version != plugin.Version || !token.Allows(plugin.Name, seal.BuildId))
            return AuthenticationResult.Denied($"The entitlement does not allow this build of {plugin.Name}.", ErrorCode.EntitlementDenied);
        if (!TierText.TryParse(token.Tier, out var tier) || tier < plugin.RequiredTier)
            return AuthenticationResult.Denied($"{plugin.Name} requires the {plugin.RequiredTier} tier.", ErrorCode.TierTooLow);

        _latest = Math.Max(_latest, token.IssuedAt);
        var now = time.GetUtcNow();
        if (EntitlementClock.StateOf(token, now, _latest, reachable: true) == EntitlementState.Denied)
        {
            return now.ToUnixTimeSeconds() < token.ExpiresAt
                ? AuthenticationResult.Denied("This machine's clock is behind the entitlement's.", ErrorCode.ClockSetBack)
                : AuthenticationResult.Denied("The entitlement has expired.", ErrorCode.EntitlementExpired);
        }

        return AuthenticationResult.Granted(
            new Entitlement(tier, token.Features, DateTimeOffset.FromUnixTimeSeconds(token.OfflineUntil), request.EntitlementToken)
        );
    }

    /// <summary>Where the host says which question the token answers, it must be that one.</summary>
    private static bool IsForAnother(EntitlementToken token, AuthenticationRequest request) =>
        !request.Nonce.IsEmpty && token.Nonce != Convert.ToBase64String(request.Nonce.Span);

    private static CustomerSeal? ReadSeal()
    {
        try
        {
            // Of a plugin that another program runs (dotnet, an interpreter) the seal is the file beside it.
            var beside = Path.Combine(AppContext.BaseDirectory, SealedExecutable.FileName);
            return (Environment.ProcessPath is { } path ? SealedExecutable.Read(path) : null)
                ?? (File.Exists(beside) ? CustomerSeal.Read(File.ReadAllBytes(beside)) : null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
