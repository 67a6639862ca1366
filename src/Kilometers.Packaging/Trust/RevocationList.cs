using System.Text.Json;
using System.Text.Json.Serialization;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.Packaging.Archive;

namespace Kilometers.Packaging.Trust;

/// <summary>
/// What is no longer to be trusted although it is signed. Numbered: a lower number is never accepted after a higher one. Signed by an
/// authority, not by a leaf, which it may have to revoke.
/// </summary>
public sealed record RevocationList
{
    /// <summary>The DSSE payload type.</summary>
    public const string PayloadType = "application/vnd.kilometers.revocations+json";

    /// <summary>The largest list, in bytes of its file.</summary>
    public const int Largest = 4 << 20;

    /// <summary>The list that revokes nothing: number 0, before any that was published.</summary>
    public static RevocationList Empty { get; } = new() { Number = 0, Issued = default, Expires = DateTimeOffset.MaxValue };

    /// <summary>Rises with every list, from 1.</summary>
    public required long Number { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Issued { get; init; }

    /// <summary>When a newer one should have come. An expired list still holds; its age is shown.</summary>
    public required DateTimeOffset Expires { get; init; }

    /// <summary>Serial numbers of certificates, lower-case hexadecimal digits.</summary>
    public IReadOnlyList<string> Certificates { get; init; } = [];

    /// <summary>SHA-256 digests of payloads, lower-case hexadecimal digits.</summary>
    public IReadOnlyList<string> Payloads { get; init; } = [];

    /// <summary>Ranges of versions.</summary>
    public IReadOnlyList<RevokedVersions> Versions { get; init; } = [];

    /// <summary>Builds of single customers.</summary>
    public IReadOnlyList<string> Builds { get; init; } = [];

    /// <summary>Signs a list.</summary>
    /// <param name="list">The list.</param>
    /// <param name="signer">An authority.</param>
    /// <returns>The file: envelope and certificates.</returns>
    public static byte[] Write(RevocationList list, ISigner signer)
    {
        ArgumentNullException.ThrowIfNull(signer);
        var envelope = DsseEnvelope.Sign(PayloadType, JsonSerializer.SerializeToUtf8Bytes(list, RevocationJsonContext.Default.RevocationList), signer);
        return JsonSerializer.SerializeToUtf8Bytes(new SignedRevocations { Envelope = envelope, Chain = signer.ChainPem }, RevocationJsonContext.Default.SignedRevocations);
    }

    /// <summary>Reads and verifies a list.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="roots">The trusted roots.</param>
    /// <param name="now">The time at which its signer must be valid.</param>
    /// <returns>The list.</returns>
    /// <exception cref="PackageFormatException"><c>PLG_SIG_007</c>: it is damaged or not signed by an authority that is trusted.</exception>
    public static RevocationList Read(ReadOnlySpan<byte> file, IReadOnlyList<TrustRoot> roots, DateTimeOffset now)
    {
        try
        {
            if (file.Length > Largest) throw new PackageFormatException(ErrorCode.RevocationList, "it is too large");
            var signed = JsonSerializer.Deserialize(file, RevocationJsonContext.Default.SignedRevocations) ?? throw new JsonException();
            var envelope = DsseEnvelope.Read(signed.Envelope);
            using var chain = CertificateChain.Read(System.Text.Encoding.UTF8.GetBytes(signed.Chain));
            if (!envelope.IsSignedBy(chain.Key)) throw new PackageFormatException(ErrorCode.RevocationList, "its signature is invalid");
            chain.Verify(roots, SignerRole.Authority, now);
            if (envelope.PayloadType != PayloadType) throw new PackageFormatException(ErrorCode.RevocationList, "it is signed as something else");
            var list = JsonSerializer.Deserialize(envelope.Payload, RevocationJsonContext.Default.RevocationList) ?? throw new JsonException();
            return list.Number >= 1 && !list.HasNulls() ? list : throw new PackageFormatException(ErrorCode.RevocationList, "its content breaks a rule");
        }
        catch (Exception e) when (e is JsonException or PackageFormatException)
        {
            throw new PackageFormatException(ErrorCode.RevocationList, $"The revocation list cannot be used: {(e is JsonException ? "it is not strict JSON of the known form" : e.Message)}");
        }
    }

    /// <summary>Whether the list names a package.</summary>
    /// <param name="signer">Who signed it.</param>
    /// <param name="payloadDigest">Its payload's digest, hexadecimal digits.</param>
    /// <param name="manifest">Its manifest.</param>
    /// <returns>Why it is revoked; null if it is not.</returns>
    public string? WhyRevoked(TrustedSigner signer, string payloadDigest, PluginManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(signer);
        ArgumentNullException.ThrowIfNull(manifest);
        if (signer.Serials.FirstOrDefault(Certificates.Contains) is { } serial) return $"the certificate {serial} of its signer was revoked";
        if (Payloads.Contains(payloadDigest)) return "this package was revoked";
        if (manifest.Customer is { } customer && Builds.Contains(customer.BuildId)) return $"the build {customer.BuildId} was revoked";
        return Versions.Any(range => range.Contains(manifest)) ? $"version {manifest.Version} of {manifest.Name} was revoked" : null;
    }

    private bool HasNulls() => Certificates.Contains(null!) || Payloads.Contains(null!) || Builds.Contains(null!) || Versions.Any(range => range is null);
}

/// <summary>Versions of one plugin.</summary>
public sealed record RevokedVersions
{
    /// <summary>The plugin's name.</summary>
    public required string Name { get; init; }

    /// <summary>The lowest revoked version; null: from the first.</summary>
    public string? From { get; init; }

    /// <summary>The highest revoked version; null: to the last.</summary>
    public string? To { get; init; }

    /// <summary>Whether a plugin's version is among them. A bound that is no version does not narrow the range.</summary>
    /// <param name="manifest">The plugin.</param>
    /// <returns>Whether it is.</returns>
    public bool Contains(PluginManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        if (manifest.Name != Name || !SemanticVersion.TryParse(manifest.Version, out var version)) return manifest.Name == Name;
        return !(SemanticVersion.TryParse(From, out var from) && version < from) && !(SemanticVersion.TryParse(To, out var to) && version > to);
    }
}

/// <summary>A list as it is kept and sent: envelope and certificates in one file.</summary>
internal sealed record SignedRevocations
{
    public required byte[] Envelope { get; init; }

    public required string Chain { get; init; }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Strict, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = 8)]
[JsonSerializable(typeof(RevocationList))]
[JsonSerializable(typeof(SignedRevocations))]
internal sealed partial class RevocationJsonContext : JsonSerializerContext;
