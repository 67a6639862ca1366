using System.Text.Json.Serialization;

namespace Kilometers.Contracts.Packages;

/// <summary>The signed statement of a package: an in-toto Statement v1 (github.com/in-toto/attestation) about <c>payload.tar.gz</c>.</summary>
public sealed record PackageStatement
{
    /// <summary>The value of <c>_type</c>.</summary>
    public const string StatementType = "https://in-toto.io/Statement/v1";

    /// <summary>The DSSE payload type of the envelope around it.</summary>
    public const string PayloadType = "application/vnd.in-toto+json";

    /// <summary>The name of the one subject.</summary>
    public const string SubjectName = "payload.tar.gz";

    /// <summary>Always <see cref="StatementType"/>.</summary>
    [JsonPropertyName("_type")]
    public required string Type { get; init; }

    /// <summary>Exactly one: the payload.</summary>
    public required IReadOnlyList<StatementSubject> Subject { get; init; }

    /// <summary>Always <see cref="PluginManifest.PredicateType"/>.</summary>
    public required string PredicateType { get; init; }

    /// <summary>The manifest.</summary>
    public required PluginManifest Predicate { get; init; }
}

/// <summary>What a statement is about.</summary>
public sealed record StatementSubject
{
    /// <summary>A name.</summary>
    public required string Name { get; init; }

    /// <summary>Its digest.</summary>
    public required SubjectDigest Digest { get; init; }
}

/// <summary>The digest of a subject.</summary>
public sealed record SubjectDigest
{
    /// <summary>SHA-256, 64 lower-case hexadecimal digits.</summary>
    public required string Sha256 { get; init; }
}
