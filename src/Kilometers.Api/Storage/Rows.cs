using Kilometers.Contracts;

namespace Kilometers.Api.Storage;

// One record per table; what a column means stands at the wire records of Contracts/Api. Times are milliseconds since 1970: both databases
// order and compare them alike.

internal sealed class CustomerRow
{
    public required string Id { get; init; }

    public required string Name { get; set; }

    public required Tier Tier { get; set; }

    /// <summary>Features beyond the tier's, with spaces between.</summary>
    public required string FeaturesAdded { get; set; }

    /// <summary>Features of the tier that this customer does not get, with spaces between.</summary>
    public required string FeaturesRemoved { get; set; }

    public required long CreatedAt { get; init; }

    public long? SuspendedAt { get; set; }
}

internal sealed class ApiKeyRow
{
    public required string Id { get; init; }

    public required string CustomerId { get; init; }

    public required string Name { get; init; }

    /// <summary>HMAC-SHA256 of the whole key: of no use without the server's secret.</summary>
    public required byte[] Hash { get; init; }

    public required long CreatedAt { get; init; }

    public long? ExpiresAt { get; set; }

    public long? RevokedAt { get; set; }

    /// <summary>Whether the key works at a time.</summary>
    public bool IsValidAt(long now) => RevokedAt is null && (ExpiresAt is null || ExpiresAt > now);
}

/// <summary>A file, named by its SHA-256; its bytes are in parts, so that none has to be in memory whole.</summary>
internal sealed class ContentRow
{
    public required string Digest { get; init; }

    public required long Size { get; init; }
}

internal sealed class ContentPartRow
{
    public required string Digest { get; init; }

    public required int Part { get; init; }

    public required byte[] Bytes { get; init; }
}

/// <summary>One version of a plugin for one platform, without a customer.</summary>
internal sealed class ReleaseRow
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string Version { get; init; }

    public required string Os { get; init; }

    public required string Arch { get; init; }

    public required long ReleaseSequence { get; init; }

    public required Tier RequiredTier { get; init; }

    /// <summary>The author's <c>manifest.json</c>.</summary>
    public required byte[] Manifest { get; init; }

    public required string Source { get; init; }

    public required string SourceCommit { get; init; }

    public required long BuiltAt { get; init; }

    public required long CreatedAt { get; init; }
}

internal sealed class ReleaseFileRow
{
    public required string ReleaseId { get; init; }

    public required string Path { get; init; }

    public required string Digest { get; init; }

    /// <summary>SHA-256 of its bytes as <see cref="Packaging.Archive.PayloadWriter.Pack"/> compressed them; null where it was published before that was kept.</summary>
    public string? PackedDigest { get; init; }

    public required bool IsExecutable { get; init; }
}

/// <summary>One version of km for one platform, as its publisher signed it.</summary>
internal sealed class KmReleaseRow
{
    public required string Id { get; init; }

    public required string Version { get; init; }

    public required string Os { get; init; }

    public required string Arch { get; init; }

    public required long ReleaseSequence { get; init; }

    /// <summary>SHA-256 of the package.</summary>
    public required string Digest { get; init; }

    public required long Size { get; init; }

    public required long CreatedAt { get; init; }
}

internal sealed class IssuerKeyRow
{
    public required string Id { get; init; }

    public required byte[] PublicKey { get; init; }

    public required long CreatedAt { get; init; }

    /// <summary>Since when it seals new builds; the latest counts. Null: it does not yet.</summary>
    public long? ActivatedAt { get; set; }

    /// <summary>Since when it signs nothing any more.</summary>
    public long? RetiredAt { get; set; }
}

/// <summary>A release made for one customer's key.</summary>
internal sealed class BuildRow
{
    public required string Id { get; init; }

    public required string CustomerId { get; init; }

    public required string ReleaseId { get; init; }

    public required string KeyId { get; init; }

    public required string IssuerKeyId { get; init; }

    /// <summary>The serial number of the certificate that signed it.</summary>
    public required string SignerSerial { get; init; }

    public required long StartedAt { get; init; }

    /// <summary>Null while a node makes it.</summary>
    public long? FinishedAt { get; set; }

    /// <summary>Whether it is the one that the customer's key gets; at most one is.</summary>
    public bool IsCurrent { get; set; }

    /// <summary>SHA-256 of the package; null until it is made, and after its bytes were deleted (<see cref="Plugins.PackageRetention"/>).</summary>
    public string? Digest { get; set; }

    public long Size { get; set; }

    public string FileName { get; set; } = "";

    public string PayloadDigest { get; set; } = "";

    public long? RevokedAt { get; set; }
}

internal sealed class SharedSecretRow
{
    public required string Name { get; init; }

    public required string Fingerprint { get; init; }
}

/// <summary>A copy of a record of a node's audit log.</summary>
internal sealed class AuditRecordRow
{
    /// <summary>The node's name, as its data folder has it.</summary>
    public required string Node { get; init; }

    public required long Seq { get; init; }

    public required long Time { get; init; }

    public required string Event { get; init; }

    public required string Decision { get; init; }

    public string? Plugin { get; init; }

    public string? Version { get; init; }

    public string? Digest { get; init; }

    public string? Code { get; init; }

    public string? Detail { get; init; }
}

/// <summary>Where a customer's audit log stood.</summary>
internal sealed class AuditHeadRow
{
    public required string CustomerId { get; init; }

    public required string Installation { get; init; }

    public required string Log { get; init; }

    public required long Seq { get; init; }

    public required string Hash { get; init; }

    public required long Time { get; init; }

    public required string Receipt { get; init; }

    public required string IssuerKeyId { get; init; }
}

internal sealed class RevocationListRow
{
    public required long Number { get; init; }

    /// <summary>The signed file.</summary>
    public required byte[] Content { get; init; }

    public required long CreatedAt { get; init; }

    public required long ExpiresAt { get; init; }
}
