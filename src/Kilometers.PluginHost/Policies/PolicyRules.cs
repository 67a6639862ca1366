using Kilometers.Contracts.Packages;
using Kilometers.Packaging.Trust;

namespace Kilometers.PluginHost.Policies;

/// <summary>Which packages a line of a policy means: those of one name, and where it says more, of some versions or of one payload.</summary>
internal sealed record PluginRule
{
    public required string Name { get; init; }

    /// <summary>The lowest version; null: from the first.</summary>
    public SemanticVersion? From { get; init; }

    /// <summary>The highest version; null: to the last.</summary>
    public SemanticVersion? To { get; init; }

    /// <summary>SHA-256 of the payload, hexadecimal digits; null: any.</summary>
    public string? Digest { get; init; }

    public bool Covers(PluginManifest manifest, string payloadDigest) =>
        manifest.Name == Name
        && (Digest is null || Digest == payloadDigest)
        && (
            (From is null && To is null)
            || (
                SemanticVersion.TryParse(manifest.Version, out var version)
                && (From is null || version >= From)
                && (To is null || version <= To)
            )
        );

    public override string ToString() =>
        $"{Name}{(From is null ? "" : $" from {From}")}{(To is null ? "" : $" to {To}")}{(Digest is null ? "" : $" sha256 {Digest[..16]}…")}";
}

/// <summary>Which signers a line of a policy means. A name alone proves nothing: anybody who may add a root can choose any name.</summary>
internal sealed record PublisherRule
{
    /// <summary>The common name of the signer's certificate; null: any.</summary>
    public string? Name { get; init; }

    /// <summary>SHA-256 of the signer's certificate, or of one between it and its root; null: any.</summary>
    public string? Certificate { get; init; }

    /// <summary>SHA-256 of the root certificate, as <c>km trust list</c> shows it; null: any.</summary>
    public string? Root { get; init; }

    public bool Covers(TrustedSigner signer) =>
        (Name is null || Name == signer.Name)
        && (Certificate is null || signer.Fingerprints.Contains(Certificate, StringComparer.Ordinal))
        && (Root is null || Root == signer.Root.Fingerprint);

    public override string ToString() =>
        string.Join(
            ' ',
            new[]
            {
                Name,
                Certificate is null ? null : $"certificate {Certificate[..16]}…",
                Root is null ? null : $"root {Root[..16]}…",
            }.Where(part => part is not null)
        );
}

/// <summary>Whose traffic is put on disk rather than dropped when a plugin's queue is full.</summary>
internal sealed record GuaranteeRule
{
    /// <summary>Every plugin's.</summary>
    public bool IsForAll { get; init; }

    /// <summary>That of these.</summary>
    public IReadOnlyList<string> Plugins { get; init; } = [];

    public bool Covers(string plugin) => IsForAll || Plugins.Contains(plugin, StringComparer.Ordinal);
}

/// <summary>What becomes of a session that loses a plugin which a policy requires. Ending it is the zero value.</summary>
internal enum LossAction
{
    /// <summary>The session ends: nothing goes on unobserved.</summary>
    End = 0,

    /// <summary>The loss is reported and recorded, and the session goes on.</summary>
    Report,
}
