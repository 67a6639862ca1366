namespace Kilometers.Contracts.Api;

/// <summary>The answer to <c>GET /api/km/releases</c>.</summary>
public sealed record KmReleaseList
{
    /// <summary>Releases of km that were not revoked, the newest first.</summary>
    public required IReadOnlyList<KmReleaseRecord> Releases { get; init; }
}

/// <summary>One release of km for one platform. What it says is believed only once the package says the same, signed.</summary>
public sealed record KmReleaseRecord
{
    /// <summary>The release.</summary>
    public required string Id { get; init; }

    /// <summary>SemVer.</summary>
    public required string Version { get; init; }

    /// <summary>For example <c>linux-x64</c>.</summary>
    public required string Platform { get; init; }

    /// <summary>Rises with each release.</summary>
    public required long ReleaseSequence { get; init; }

    /// <summary>Bytes of the package file.</summary>
    public required long Size { get; init; }

    /// <summary>SHA-256 of the package file, 64 lower-case hexadecimal digits.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Where to get it: relative to the API's address.</summary>
    public required string DownloadUrl { get; init; }

    /// <summary>When it was published here.</summary>
    public required DateTimeOffset PublishedAt { get; init; }
}
