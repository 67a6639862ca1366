using System.Globalization;
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
    public const int MaxSize = 4 << 20;

    /// <summary>The list that revokes nothing: number 0, before any that was published.</summary>
    public static RevocationList Empty { get; } =
        new()
        {
            Number = 0,
            Issued = default,
            Expires = DateTimeOffset.MaxValue,
        };

    /// <summary>Rises with every list, from 1.</summary>
    public required long Number { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Issued { get; init; }

    /// <summary>When a newer one should have come. An expired list still holds; its age is shown.</summary>
    public required DateTimeOffset Expires { get; init; }

    // What the JSON leaves out is set to null by the source-generated reader, whatever the initializer says.

    /// <summary>Serial numbers of certificates, lower-case hexadecimal digits as <see cref="TrustedSigner"/> has them.</summary>
    public IReadOnlyList<string> Certificates
    {
        get;
        init => field = value ?? [];
    } = [];

    /// <summary>SHA-256 digests of payloads, lower-case hexadecimal digits.</summary>
    public IReadOnlyList<string> Payloads
    {
        get;
        init => field = value ?? [];
    } = [];

    /// <summary>Ranges of versions.</summary>
    public IReadOnlyList<RevokedVersions> Versions
    {
        get;
        init => field = value ?? [];
    } = [];

    /// <summary>Builds of single customers.</summary>
    public IReadOnlyList<string> Builds
    {
        get;
        init => field = value ?? [];
    } = [];

    /// <summary>Serial numbers of the authority that signed it and those above it without the root; empty for a list that was not read.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Signers { get; private init; } = [];

    /// <summary>Signs a list.</summary>
    /// <param name="list">The list.</param>
    /// <param name="signer">An authority.</param>
    /// <returns>The file: envelope and certificates.</returns>
    /// <exception cref="PackageFormatException"><c>PLG_SIG_007</c>: its content breaks a rule.</exception>
    public static byte[] Write(RevocationList list, ISigner signer)
    {
        ArgumentNullException.ThrowIfNull(signer);
        if (!list.IsValid())
            throw new PackageFormatException(ErrorCode.RevocationList, "The revocation list's content breaks a rule");
        var envelope = DsseEnvelope.Sign(PayloadType, list.ToJson(), signer);
        return JsonSerializer.SerializeToUtf8Bytes(
            new SignedRevocations { Envelope = envelope, Chain = signer.ChainPem },
            RevocationJsonContext.Default.SignedRevocations
        );
    }

    /// <summary>Reads and verifies a list.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="roots">The trusted roots.</param>
    /// <param name="now">The time at which its signer must be valid.</param>
    /// <returns>The list.</returns>
    /// <exception cref="PackageFormatException"><c>PLG_SIG_007</c>: it is damaged, not signed by an authority that is trusted, or revokes that authority.</exception>
    public static RevocationList Read(ReadOnlySpan<byte> file, IReadOnlyList<TrustRoot> roots, DateTimeOffset now)
    {
        try
        {
            if (file.Length > MaxSize)
                throw new PackageFormatException(ErrorCode.RevocationList, "it is too large");
            var signed = JsonSerializer.Deserialize(file, RevocationJsonContext.Default.SignedRevocations) ?? throw new JsonException();
            var envelope = DsseEnvelope.Read(signed.Envelope);
            using var chain = CertificateChain.Read(System.Text.Encoding.UTF8.GetBytes(signed.Chain));
            if (!envelope.IsSignedBy(chain.Key))
                throw new PackageFormatException(ErrorCode.RevocationList, "its signature is invalid");
            var signer = chain.Verify(roots, SignerRole.Authority, now);
            if (envelope.PayloadType != PayloadType)
                throw new PackageFormatException(ErrorCode.RevocationList, "it is signed as something else");
            var list = JsonSerializer.Deserialize(envelope.Payload, RevocationJsonContext.Default.RevocationList)
                ?? throw new JsonException();
            if (!list.IsValid())
                throw new PackageFormatException(ErrorCode.RevocationList, "its content breaks a rule");
            if (signer.Serials.Any(list.Certificates.Contains))
                throw new PackageFormatException(ErrorCode.RevocationList, "it revokes its own signer");
            return list with { Signers = signer.Serials };
        }
        catch (Exception e) when (e is JsonException or PackageFormatException)
        {
            throw new PackageFormatException(
                ErrorCode.RevocationList,
                $"The revocation list cannot be used: {(e is JsonException ? "it is not strict JSON of the known form" : e.Message)}"
            );
        }
    }

    /// <summary>Reads and verifies a list that is to replace another.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="roots">The trusted roots.</param>
    /// <param name="now">The time at which its signer must be valid.</param>
    /// <param name="current">The list that holds until now; <see cref="Empty"/> where there is none.</param>
    /// <returns>The list, the current one once more at the least.</returns>
    /// <exception cref="PackageFormatException"><c>PLG_SIG_007</c>: as <see cref="Read"/>; or it is older than the current one, another of the same number, or signed by whom the current one revokes.</exception>
    public static RevocationList ReadSuccessor(
        ReadOnlySpan<byte> file,
        IReadOnlyList<TrustRoot> roots,
        DateTimeOffset now,
        RevocationList current
    )
    {
        ArgumentNullException.ThrowIfNull(current);
        var list = Read(file, roots, now);
        if (list.Number < current.Number)
            throw new PackageFormatException(
                ErrorCode.RevocationList,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The revocation list has the number {list.Number}, and list {current.Number} was seen already"
                )
            );
        if (list.Number == current.Number && !list.ToJson().AsSpan().SequenceEqual(current.ToJson()))
            throw new PackageFormatException(
                ErrorCode.RevocationList,
                string.Create(CultureInfo.InvariantCulture, $"There are two different revocation lists with the number {list.Number}")
            );

        // The owner of a lost key has revoked it; the finder of the key must not take that back.
        return list.Signers.Any(current.Certificates.Contains)
            ? throw new PackageFormatException(ErrorCode.RevocationList, "The revocation list is signed by an authority that was revoked")
            : list;
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
        if (signer.Serials.FirstOrDefault(Certificates.Contains) is { } serial)
            return $"the certificate {serial} of its signer was revoked";
        if (Payloads.Contains(payloadDigest))
            return "this package was revoked";
        if (manifest.Customer is { } customer && Builds.Contains(customer.BuildId))
            return $"the build {customer.BuildId} was revoked";
        return Versions.Any(range => range.Contains(manifest)) ? $"version {manifest.Version} of {manifest.Name} was revoked" : null;
    }

    private bool IsValid() =>
        Number >= 1
        && Expires > Issued
        && Certificates.All(serial => serial is { Length: > 0 and <= 40 } && serial.All(char.IsAsciiHexDigitLower))
        && Payloads.All(digest => digest is { Length: 64 } && digest.All(char.IsAsciiHexDigitLower))
        && Builds.All(ManifestRules.IsId)
        && Versions.All(range => range is not null && PluginName.IsValid(range.Name) && IsBound(range.From) && IsBound(range.To));

    private static bool IsBound(string? text) => text is null || SemanticVersion.TryParse(text, out _);

    private byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, RevocationJsonContext.Default.RevocationList);
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

    /// <summary>Whether a plugin's version is among them. A bound that is not a version does not narrow the range.</summary>
    /// <param name="manifest">The plugin.</param>
    /// <returns>Whether it is.</returns>
    public bool Contains(PluginManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        return Contains(manifest.Name, manifest.Version);
    }

    /// <summary>The same, of a plugin that is not packed yet.</summary>
    /// <param name="name">The plugin's name.</param>
    /// <param name="version">SemVer; another text is among all versions.</param>
    /// <returns>Whether it is.</returns>
    public bool Contains(string name, string version)
    {
        if (name != Name || !SemanticVersion.TryParse(version, out var parsed))
            return name == Name;
        return !(SemanticVersion.TryParse(From, out var from) && parsed < from)
            && !(SemanticVersion.TryParse(To, out var to) && parsed > to);
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
