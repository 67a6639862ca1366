using Kilometers.Contracts;
using Kilometers.Entitlements.Tokens;

namespace Kilometers.PluginHost.Authorization;

/// <summary>What this user may use now.</summary>
internal sealed record EntitlementView
{
    /// <summary>Nobody is signed in: the Free tier, without account and network.</summary>
    public static readonly EntitlementView SignedOut = new() { State = EntitlementState.Denied, Error = new KmError(ErrorCode.NotSignedIn, "No API key is known here", Hint: "Sign in: km auth login") };

    public required EntitlementState State { get; init; }

    /// <summary>The token as issued; empty where <see cref="State"/> is Denied.</summary>
    public string Text { get; init; } = "";

    /// <summary>The same, read; null where <see cref="State"/> is Denied.</summary>
    public EntitlementToken? Token { get; init; }

    /// <summary>Why it is denied, or why it is not fresh.</summary>
    public KmError? Error { get; init; }

    /// <summary>The customer; null where nobody is signed in.</summary>
    public string? CustomerId { get; init; }

    /// <summary>The public part of the key; null where there is none.</summary>
    public string? KeyId { get; init; }

    /// <summary>Whether finding it out took a call to the API.</summary>
    public bool WasAsked { get; init; }

    /// <summary>What packages may require: Free without an entitlement.</summary>
    public Tier Tier => Token is { } token && TierText.TryParse(token.Tier, out var tier) ? tier : Tier.Free;
}
