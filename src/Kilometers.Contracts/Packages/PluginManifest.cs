namespace Kilometers.Contracts.Packages;

/// <summary>
/// Everything that is signed about a package: the predicate of its in-toto statement. There is no other manifest, so no unsigned one
/// exists. Only <see cref="ManifestRules.Check(PluginManifest)"/> makes it fit for use.
/// </summary>
public sealed record PluginManifest : PluginDescription
{
    /// <summary>The predicate's type, with the version of its meaning.</summary>
    public const string PredicateType = "https://kilometers.ai/kmpkg/v1";

    /// <summary><c>linux</c>, <c>macos</c> or <c>windows</c>.</summary>
    public required string Os { get; init; }

    /// <summary><c>x64</c> or <c>arm64</c>.</summary>
    public required string Arch { get; init; }

    /// <summary>The size of <c>payload.tar.gz</c> in bytes; reading stops there.</summary>
    public required long PayloadSize { get; init; }

    /// <summary>Every file of the payload, in its order.</summary>
    public required IReadOnlyList<PackagedFile> Files { get; init; }

    /// <summary>The only customer that may run it; null: a public plugin.</summary>
    public CustomerBinding? Customer { get; init; }

    /// <summary>Where it comes from.</summary>
    public required BuildOrigin Build { get; init; }
}

/// <summary>One file of the payload.</summary>
public sealed record PackagedFile
{
    /// <summary>Relative, with <c>/</c>, see <see cref="ManifestRules.IsPath"/>.</summary>
    public required string Path { get; init; }

    /// <summary>SHA-256 of its bytes, 64 lower-case hexadecimal digits.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Its size in bytes.</summary>
    public required long Size { get; init; }

    /// <summary><c>0644</c> or <c>0755</c>.</summary>
    public required string Mode { get; init; }
}

/// <summary>For whom a package was built.</summary>
public sealed record CustomerBinding
{
    /// <summary>The customer.</summary>
    public required string Id { get; init; }

    /// <summary>This one build of that customer's; can be revoked alone.</summary>
    public required string BuildId { get; init; }

    /// <summary>The public part of the API key that it was built for.</summary>
    public required string KeyId { get; init; }
}

/// <summary>Where a package's content comes from.</summary>
public sealed record BuildOrigin
{
    /// <summary>The source repository or another name of it, at most 300 characters.</summary>
    public required string Source { get; init; }

    /// <summary>The commit in hexadecimal digits; empty if there is none.</summary>
    public required string Commit { get; init; }

    /// <summary>When it was built, UTC.</summary>
    public required DateTimeOffset Time { get; init; }
}
