using Kilometers.Contracts;
using Kilometers.Entitlements.Tokens;

namespace Kilometers.PluginHost.Authorization;

/// <summary>What this user may use now.</summary>
internal sealed record EntitlementView
{
    /// <summary>Nobody is signed in: the Free tier, without account and network.</summary>
    public static readonly EntitlementView SignedOut = new()
    {
        State = EntitlementState.Denied,
        Error = new KmError(ErrorCode.NotSignedIn, "No API key is known here", Hint: "Sign in: km auth login"),
    };

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

    /// <summary>Where the customer upgrades; null where the API named no such place, or nobody is signed in.</summary>
    public string? UpgradeUrl { get; init; }

    /// <summary>How to get a higher tier. The address is the API's to name: an API of one's own has its own.</summary>
    public string UpgradeAdvice =>
        this switch
        {
            { CustomerId: null } => "Sign in with a subscription that includes it: km auth login",
            { UpgradeUrl: { } url } => $"Upgrade your plan at: {url}",
            _ => "Ask the operator of your Kilometers API to upgrade your plan",
        };

    /// <summary>Whether finding it out took a call to the API.</summary>
    public bool WasAsked { get; init; }

    /// <summary>What packages may require: Free without an entitlement.</summary>
    public Tier Tier => Token is { } token && TierText.TryParse(token.Tier, out var tier) ? tier : Tier.Free;
}
