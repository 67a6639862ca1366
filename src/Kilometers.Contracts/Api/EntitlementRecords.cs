namespace Kilometers.Contracts.Api;

/// <summary>The body of <c>POST /api/plugins/authenticate</c>.</summary>
public sealed record EntitlementRequest
{
    /// <summary>16 random bytes, base64; the token repeats them.</summary>
    public required string Nonce { get; init; }

    /// <summary>SemVer of km.</summary>
    public required string CliVersion { get; init; }

    /// <summary>The installed builds that were made for the customer.</summary>
    public required IReadOnlyList<InstalledBuild> Plugins { get; init; }
}

/// <summary>A package that is installed and names a customer.</summary>
public sealed record InstalledBuild
{
    /// <summary>The plugin's name.</summary>
    public required string Name { get; init; }

    /// <summary>SemVer.</summary>
    public required string Version { get; init; }

    /// <summary>The build of its manifest.</summary>
    public required string BuildId { get; init; }
}

/// <summary>The answer to <c>POST /api/plugins/authenticate</c>.</summary>
public sealed record EntitlementAnswer
{
    /// <summary>The signed entitlement, <c>km-ent+jwt</c>.</summary>
    public required string Token { get; init; }

    /// <summary>Who issued it: the URL of its <c>iss</c>.</summary>
    public required string Issuer { get; init; }

    /// <summary>The issuer's public key, SubjectPublicKeyInfo, base64.</summary>
    public required string IssuerKey { get; init; }

    /// <summary>The API's clock.</summary>
    public required DateTimeOffset ServerTime { get; init; }

    /// <summary>The number of the newest revocation list.</summary>
    public required long RevocationNumber { get; init; }

    /// <summary>What became of each build that was asked for.</summary>
    public required IReadOnlyList<BuildDecision> Plugins { get; init; }
}

/// <summary>Whether one installed build may run.</summary>
public sealed record BuildDecision
{
    /// <summary>The plugin's name.</summary>
    public required string Name { get; init; }

    /// <summary>The build that was asked for.</summary>
    public required string BuildId { get; init; }

    /// <summary>Whether the token allows it.</summary>
    public required bool Allowed { get; init; }

    /// <summary>The stable code of a refusal; null if it is allowed.</summary>
    public string? Code { get; init; }

    /// <summary>One sentence for the user about a refusal.</summary>
    public string? Detail { get; init; }
}

/// <summary>The answer to <c>GET /api/subscription/status</c>.</summary>
public sealed record SubscriptionStatus
{
    /// <summary>The customer, <c>cus_…</c>.</summary>
    public required string CustomerId { get; init; }

    /// <summary>What the customer is called.</summary>
    public required string CustomerName { get; init; }

    /// <summary>The public part of the API key that asked.</summary>
    public required string KeyId { get; init; }

    /// <summary>The tier.</summary>
    public required string Tier { get; init; }

    /// <summary>The features, sorted.</summary>
    public required IReadOnlyList<string> Features { get; init; }

    /// <summary>Who issues the customer's entitlements.</summary>
    public required string Issuer { get; init; }

    /// <summary>The issuer's public key, SubjectPublicKeyInfo, base64.</summary>
    public required string IssuerKey { get; init; }

    /// <summary>Where the customer upgrades the subscription; null where the operator named no such place.</summary>
    public string? UpgradeUrl { get; init; }
}
