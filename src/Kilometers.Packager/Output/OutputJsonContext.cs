using System.Text.Json.Serialization;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.Packaging.Verification;

namespace Kilometers.Packager.Output;

/// <summary>What <c>keys list --json</c> prints.</summary>
internal sealed record KeyListing(
    string Folder,
    string RootFingerprint,
    IReadOnlyList<KeyRow> Certificates,
    long RevocationNumber,
    DateTimeOffset? RevocationsExpire
);

/// <summary>One certificate.</summary>
internal sealed record KeyRow(string Name, string Serial, DateTimeOffset NotBefore, DateTimeOffset NotAfter, bool HasKey, string State);

/// <summary>What <c>inspect --json</c> and <c>verify --json</c> print; the latter without what the package says about itself.</summary>
internal sealed record PackageReport
{
    public required string File { get; init; }

    /// <summary>Whether every gate was passed. Without that, nothing that follows is believed.</summary>
    public required bool Verified { get; init; }

    public required IReadOnlyList<GateReport> Gates { get; init; }

    public KmError? Error { get; init; }

    public SignerReport? Signer { get; init; }

    public string? PayloadDigest { get; init; }

    public PluginManifest? Manifest { get; init; }

    public IReadOnlyList<UnverifiedCertificate>? Certificates { get; init; }
}

/// <summary>One gate.</summary>
internal sealed record GateReport(string Gate, string Outcome, string Detail);

/// <summary>Who signed, once it is certain.</summary>
internal sealed record SignerReport(
    string Name,
    IReadOnlyList<string> Serials,
    DateTimeOffset NotAfter,
    string Root,
    string RootFingerprint,
    bool IsDevelopment
);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(KeyListing))]
[JsonSerializable(typeof(PackageReport))]
internal sealed partial class OutputJsonContext : JsonSerializerContext;
