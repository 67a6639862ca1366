namespace Kilometers.Packager.Packing;

/// <summary>What <c>kmpkg pack</c> was asked to do.</summary>
internal sealed record PackRequest
{
    public required string Manifest { get; init; }

    public required string Payload { get; init; }

    public required string Os { get; init; }

    public required string Arch { get; init; }

    /// <summary>The tier that the package requires; null: the manifest's.</summary>
    public string? Tier { get; init; }

    /// <summary>The customer; null: a public package, and the next four mean nothing.</summary>
    public string? Customer { get; init; }

    public string? Build { get; init; }

    public string? KeyId { get; init; }

    public string? Issuer { get; init; }

    /// <summary>The file of the issuer's private key.</summary>
    public string? IssuerKey { get; init; }

    public string Source { get; init; } = "";

    public string Commit { get; init; } = "";

    public string? Time { get; init; }
}
