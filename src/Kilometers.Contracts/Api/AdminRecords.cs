namespace Kilometers.Contracts.Api;

/// <summary>The body of <c>POST /api/admin/customers</c>.</summary>
public sealed record NewCustomer
{
    /// <summary>What the customer is called, 1 to 200 printable characters.</summary>
    public required string Name { get; init; }

    /// <summary><c>Free</c>, <c>Pro</c> or <c>Enterprise</c>.</summary>
    public required string Tier { get; init; }
}

/// <summary>A customer, as the operator sees it.</summary>
public sealed record CustomerRecord
{
    /// <summary><c>cus_…</c>.</summary>
    public required string Id { get; init; }

    /// <summary>What the customer is called.</summary>
    public required string Name { get; init; }

    /// <summary>The tier.</summary>
    public required string Tier { get; init; }

    /// <summary>All features that the customer has, sorted.</summary>
    public required IReadOnlyList<string> Features { get; init; }

    /// <summary>Those beyond the tier's.</summary>
    public required IReadOnlyList<string> FeaturesAdded { get; init; }

    /// <summary>Those of the tier that this customer does not get.</summary>
    public required IReadOnlyList<string> FeaturesRemoved { get; init; }

    /// <summary>Since when.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Since when the customer is suspended; null: it is not.</summary>
    public DateTimeOffset? SuspendedAt { get; init; }
}

/// <summary>The answer to <c>GET /api/admin/customers</c>.</summary>
public sealed record CustomerList
{
    /// <summary>By id.</summary>
    public required IReadOnlyList<CustomerRecord> Customers { get; init; }

    /// <summary>What to give as <c>after</c> for those that follow; null: there are none.</summary>
    public string? Next { get; init; }
}

/// <summary>The body of <c>POST /api/admin/customers/{id}/rename</c>.</summary>
public sealed record CustomerName
{
    /// <summary>What the customer is called, 1 to 200 printable characters.</summary>
    public required string Name { get; init; }
}

/// <summary>The answer to <c>GET /api/admin/customers/{id}/usage</c>.</summary>
public sealed record CustomerUsage
{
    /// <summary>The customer.</summary>
    public required string Id { get; init; }

    /// <summary>How many API keys there are, revoked ones included.</summary>
    public required int Keys { get; init; }

    /// <summary>How many builds were made, revoked ones included.</summary>
    public required int Builds { get; init; }

    /// <summary>Bytes of the packages that are kept.</summary>
    public required long PackageBytes { get; init; }

    /// <summary>How many events are kept.</summary>
    public required long StoredEvents { get; init; }

    /// <summary>How many figures of calls are kept: one per hour, installation, server, client, method and name.</summary>
    public required long StoredFigures { get; init; }

    /// <summary>The events of the days that were asked for.</summary>
    public required EventStatistics Events { get; init; }
}

/// <summary>The answer to <c>DELETE /api/admin/customers/{id}</c>: what was deleted.</summary>
public sealed record CustomerDeletionRecord
{
    /// <summary>The customer that was.</summary>
    public required string Id { get; init; }

    /// <summary>How many API keys.</summary>
    public required int Keys { get; init; }

    /// <summary>How many builds, with their packages.</summary>
    public required int Builds { get; init; }

    /// <summary>How many events.</summary>
    public required long Events { get; init; }

    /// <summary>How many figures of calls.</summary>
    public required long Figures { get; init; }
}

/// <summary>The body of <c>POST /api/admin/customers/{id}/subscription</c>; it says all of the subscription.</summary>
public sealed record SubscriptionChange
{
    /// <summary><c>Free</c>, <c>Pro</c> or <c>Enterprise</c>.</summary>
    public required string Tier { get; init; }

    /// <summary>Features beyond the tier's; null: none.</summary>
    public IReadOnlyList<string>? FeaturesAdded { get; init; }

    /// <summary>Features of the tier that the customer does not get; null: none.</summary>
    public IReadOnlyList<string>? FeaturesRemoved { get; init; }
}

/// <summary>The body of <c>POST /api/admin/customers/{id}/keys</c>.</summary>
public sealed record NewApiKey
{
    /// <summary>What the key is for, 1 to 200 printable characters.</summary>
    public required string Name { get; init; }

    /// <summary>When it ends; null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>The body of <c>POST /api/admin/keys/{id}/rotate</c>.</summary>
public sealed record KeyRotation
{
    /// <summary>How many hours the old key works on, 0 to 2160.</summary>
    public required int OverlapHours { get; init; }
}

/// <summary>An API key without its secret.</summary>
public sealed record ApiKeyRecord
{
    /// <summary>The public part.</summary>
    public required string Id { get; init; }

    /// <summary>Whose it is.</summary>
    public required string CustomerId { get; init; }

    /// <summary>What it is for.</summary>
    public required string Name { get; init; }

    /// <summary>Since when.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it ends; null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Since when it is revoked; null: it is not.</summary>
    public DateTimeOffset? RevokedAt { get; init; }
}

/// <summary>A new key: the only time that its secret is shown.</summary>
public sealed record CreatedApiKey
{
    /// <summary>The key itself: a secret.</summary>
    public required string Key { get; init; }

    /// <summary>What the server keeps of it.</summary>
    public required ApiKeyRecord Record { get; init; }

    /// <summary>The public part only.</summary>
    public override string ToString() => Record.Id;
}

/// <summary>The answer to <c>GET /api/admin/customers/{id}/keys</c>.</summary>
public sealed record ApiKeyList
{
    /// <summary>All, the oldest first.</summary>
    public required IReadOnlyList<ApiKeyRecord> Keys { get; init; }
}

/// <summary>One version of a plugin for one platform.</summary>
public sealed record ReleaseRecord
{
    /// <summary><c>rel_…</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The plugin's name.</summary>
    public required string Name { get; init; }

    /// <summary>SemVer.</summary>
    public required string Version { get; init; }

    /// <summary>For example <c>linux-x64</c>.</summary>
    public required string Platform { get; init; }

    /// <summary>Rises with each release.</summary>
    public required long ReleaseSequence { get; init; }

    /// <summary>The lowest tier that may have it.</summary>
    public required string RequiredTier { get; init; }

    /// <summary>When it was published.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>The answer to <c>GET /api/admin/releases</c>.</summary>
public sealed record ReleaseList
{
    /// <summary>By name, platform and sequence.</summary>
    public required IReadOnlyList<ReleaseRecord> Releases { get; init; }
}

/// <summary>A release made for one customer's key.</summary>
public sealed record BuildRecord
{
    /// <summary><c>bld_…</c>: the package names it.</summary>
    public required string Id { get; init; }

    /// <summary>The customer.</summary>
    public required string CustomerId { get; init; }

    /// <summary>The public part of the key.</summary>
    public required string KeyId { get; init; }

    /// <summary>The release.</summary>
    public required ReleaseRecord Release { get; init; }

    /// <summary>The issuer's key in its seal.</summary>
    public required string IssuerKeyId { get; init; }

    /// <summary>The serial number of the certificate that signed it.</summary>
    public required string SignerSerial { get; init; }

    /// <summary>SHA-256 of the package file; null while it is made, and when its bytes were deleted because nobody is offered it any more.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Bytes of the package file.</summary>
    public required long Size { get; init; }

    /// <summary>Whether the customer's key gets this one.</summary>
    public required bool IsCurrent { get; init; }

    /// <summary>When it was begun.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Since when it is revoked; null: it is not.</summary>
    public DateTimeOffset? RevokedAt { get; init; }
}

/// <summary>The answer to <c>GET /api/admin/builds</c>.</summary>
public sealed record BuildList
{
    /// <summary>The newest first, at most 1,000.</summary>
    public required IReadOnlyList<BuildRecord> Builds { get; init; }
}

/// <summary>The body of <c>POST /api/admin/revocations</c>: what the next list revokes beyond the last one; nothing: it is only renewed.</summary>
public sealed record RevocationChange
{
    /// <summary>Serial numbers of signers' certificates, lower-case hexadecimal digits.</summary>
    public IReadOnlyList<string>? Certificates { get; init; }

    /// <summary>SHA-256 of payloads.</summary>
    public IReadOnlyList<string>? Payloads { get; init; }

    /// <summary>Builds of single customers.</summary>
    public IReadOnlyList<string>? Builds { get; init; }

    /// <summary>Versions of plugins.</summary>
    public IReadOnlyList<PluginVersionRange>? Versions { get; init; }
}

/// <summary>Versions of one plugin.</summary>
public sealed record PluginVersionRange
{
    /// <summary>The plugin's name.</summary>
    public required string Name { get; init; }

    /// <summary>The lowest, SemVer; null: from the first.</summary>
    public string? From { get; init; }

    /// <summary>The highest, SemVer; null: to the last.</summary>
    public string? To { get; init; }
}

/// <summary>The revocation list in force.</summary>
public sealed record RevocationRecord
{
    /// <summary>Its number; 0: there is none.</summary>
    public required long Number { get; init; }

    /// <summary>When the next one must be there; null: there is none.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>Serial numbers of certificates.</summary>
    public required IReadOnlyList<string> Certificates { get; init; }

    /// <summary>SHA-256 of payloads.</summary>
    public required IReadOnlyList<string> Payloads { get; init; }

    /// <summary>Builds of single customers.</summary>
    public required IReadOnlyList<string> Builds { get; init; }

    /// <summary>Versions of plugins.</summary>
    public required IReadOnlyList<PluginVersionRange> Versions { get; init; }
}

/// <summary>The body of <c>POST /api/admin/issuer-keys</c>.</summary>
public sealed record NewIssuerKey
{
    /// <summary>Whether new builds are sealed with it at once: only where there is one node, or they share the folder of keys.</summary>
    public required bool Activate { get; init; }
}

/// <summary>A key that signs entitlements and seals; its public half.</summary>
public sealed record IssuerKeyRecord
{
    /// <summary>The beginning of the public half's SHA-256; the name of the private half's file.</summary>
    public required string Id { get; init; }

    /// <summary>SubjectPublicKeyInfo, base64.</summary>
    public required string PublicKey { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Since when it seals new builds, unless one was activated later; null: it does not yet.</summary>
    public DateTimeOffset? ActivatedAt { get; init; }

    /// <summary>Since when it signs nothing any more; null: it still does.</summary>
    public DateTimeOffset? RetiredAt { get; init; }
}

/// <summary>The answer to <c>GET /api/admin/issuer-keys</c>.</summary>
public sealed record IssuerKeyList
{
    /// <summary>The oldest first.</summary>
    public required IReadOnlyList<IssuerKeyRecord> Keys { get; init; }
}

/// <summary>One record of a node's audit log.</summary>
public sealed record AuditLine
{
    /// <summary>The node that wrote it.</summary>
    public required string Node { get; init; }

    /// <summary>Its number in that node's log.</summary>
    public required long Seq { get; init; }

    /// <summary>When it was written.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>What happened.</summary>
    public required string Event { get; init; }

    /// <summary><c>Allowed</c>, <c>Denied</c> or <c>Info</c>.</summary>
    public required string Decision { get; init; }

    /// <summary>The plugin's name.</summary>
    public string? Plugin { get; init; }

    /// <summary>The plugin's version.</summary>
    public string? Version { get; init; }

    /// <summary>The SHA-256 of what it is about.</summary>
    public string? Digest { get; init; }

    /// <summary>The error code of a denial.</summary>
    public string? Code { get; init; }

    /// <summary>Anything else.</summary>
    public string? Detail { get; init; }
}

/// <summary>The answer to <c>GET /api/admin/audit</c>: of all nodes.</summary>
public sealed record AuditLines
{
    /// <summary>The newest last.</summary>
    public required IReadOnlyList<AuditLine> Lines { get; init; }
}
