using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Kilometers.Contracts;
using Kilometers.Packaging.Archive;

namespace Kilometers.Packaging.Trust;

/// <summary>What a signer's certificate is for.</summary>
public enum SignerRole
{
    /// <summary>Nothing: never accepted.</summary>
    None = 0,

    /// <summary>Signs plugins: an end certificate with the usage code signing.</summary>
    Publisher,

    /// <summary>Signs revocation lists: an authority between root and leaves.</summary>
    Authority,

    /// <summary>Signs releases of km: an end certificate with a usage of our own, which the authority above it must have too.</summary>
    KmPublisher,
}

/// <summary>The certificates that come with a signature: a hint about who signed, worth nothing until they lead to a trusted root.</summary>
public sealed class CertificateChain : IDisposable
{
    /// <summary>The smallest RSA key accepted anywhere in a chain, in bits.</summary>
    public const int MinKey = 3072;

    /// <summary>The extended key usage of a certificate that signs plugins.</summary>
    internal const string CodeSigning = "1.3.6.1.5.5.7.3.3";

    /// <summary>The extended key usage of a certificate that signs releases of km: a UUID of our own (ITU-T X.667).</summary>
    internal const string KmSigning = "2.25.232093706783960524998375774483585217153";
    private const int MaxCertificates = 5;
    private readonly X509Certificate2Collection _certificates;

    private CertificateChain(X509Certificate2Collection certificates, RSA key)
    {
        _certificates = certificates;
        Key = key;
    }

    /// <summary>All of them, the signer's first.</summary>
    public IEnumerable<X509Certificate2> Certificates => _certificates;

    /// <summary>The signer's certificate.</summary>
    public X509Certificate2 Leaf => _certificates[0];

    /// <summary>The signer's public key.</summary>
    public RSA Key { get; }

    /// <summary>Reads a chain.</summary>
    /// <param name="pem">The signer's certificate first, then those above it, in the form of <see cref="ToPem"/> and nothing else.</param>
    /// <returns>The chain; nobody trusts it yet.</returns>
    /// <exception cref="PackageFormatException"><c>PLG_SIG_003</c>: it is none.</exception>
    public static CertificateChain Read(ReadOnlySpan<byte> pem)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(Encoding.ASCII.GetString(pem));
            if (certificates.Count is 0 or > MaxCertificates)
                throw Refuse($"The signer has not 1 to {MaxCertificates} certificates");
            if (!Encoding.ASCII.GetBytes(ToPem(certificates)).AsSpan().SequenceEqual(pem))
                throw Refuse("The signer's certificates are not written in the one accepted form");
            if (!certificates.All(HasGoodKey))
                throw Refuse($"A certificate of the signer has no RSA key of at least {MinKey} bits");
            return new CertificateChain(certificates, certificates[0].GetRSAPublicKey()!);
        }
        catch (CryptographicException)
        {
            throw Refuse("The signer's certificates cannot be read");
        }
    }

    /// <summary>Writes certificates in the one form that is accepted: PEM of 64 columns, a line feed behind every line.</summary>
    /// <param name="certificates">The signer's first, then those above it.</param>
    /// <returns>ASCII.</returns>
    public static string ToPem(IEnumerable<X509Certificate2> certificates) =>
        string.Concat(certificates.Select(certificate => certificate.ExportCertificatePem().ReplaceLineEndings("\n") + "\n"));

    /// <summary>Whether the signer is one that a root stands for. The Boolean of the chain's building alone decides; why it failed only chooses the words.</summary>
    /// <param name="roots">The trusted roots.</param>
    /// <param name="role">What the signer must be for.</param>
    /// <param name="now">The time at which the certificates must be valid.</param>
    /// <returns>The root that it leads to, and the serial numbers of every certificate below it.</returns>
    /// <exception cref="PackageFormatException"><c>PLG_SIG_003</c> or <c>PLG_SIG_004</c>: it is not.</exception>
    public TrustedSigner Verify(IReadOnlyList<TrustRoot> roots, SignerRole role, DateTimeOffset now)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.NoFlag;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        if (UsageOf(role) is { } usage)
            chain.ChainPolicy.ApplicationPolicy.Add(new Oid(usage));
        foreach (var root in roots)
            chain.ChainPolicy.CustomTrustStore.Add(root.Certificate);
        chain.ChainPolicy.ExtraStore.AddRange(_certificates);

        try
        {
            RefuseOther(role);
            if (!chain.Build(Leaf) || role == SignerRole.None)
                throw Explain(chain, roots.Count);
            var last = chain.ChainElements[^1].Certificate;
            var trusted = roots.FirstOrDefault(root => root.Certificate.RawDataMemory.Span.SequenceEqual(last.RawDataMemory.Span))
                ?? throw Refuse("The signer's certificates lead to no trusted root");
            if (
                !chain.ChainElements.All(element => HasGoodKey(element.Certificate))
                || !HasRole(role, chain.ChainElements.SkipLast(1).Select(element => element.Certificate))
            )
                throw Refuse("The signer's certificate is not made for this");

            // What no signature covers is fixed all the same: those certificates that were needed, in their order.
            if (!chain.ChainElements.SkipLast(1).Select(element => Digest(element.Certificate)).SequenceEqual(_certificates.Select(Digest)))
                throw Refuse("The signer's certificates are not exactly those between it and its root");
            return new TrustedSigner(
                Leaf.GetNameInfo(X509NameType.SimpleName, forIssuer: false),
                [.. chain.ChainElements.SkipLast(1).Select(element => element.Certificate.SerialNumber.ToLowerInvariant())],
                Leaf.NotAfter,
                trusted
            )
            {
                Fingerprints = [.. _certificates.Select(certificate => Digest(certificate).ToLowerInvariant())],
                Publisher = PublisherIdentity.Of(Leaf, trusted),
            };
        }
        catch (CryptographicException)
        {
            throw Refuse("The signer's certificates cannot be used");
        }
    }

    /// <summary>
    /// Whether the certificates are made for something, from any issuer: for those who sign, and for those who keep what only others can
    /// verify. <see cref="Verify"/> asks it too.
    /// </summary>
    /// <param name="role">What the signer must be for.</param>
    /// <exception cref="PackageFormatException"><c>PLG_SIG_008</c> or <c>PLG_SIG_003</c>: they are not.</exception>
    public void CheckRole(SignerRole role)
    {
        RefuseOther(role);
        if (!HasRole(role, _certificates))
            throw Refuse("The signer's certificate is not made for this");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Key.Dispose();
        foreach (var certificate in _certificates)
            certificate.Dispose();
    }

    /// <summary>Of two kinds of packages, the signer of one is no signer of the other.</summary>
    private void RefuseOther(SignerRole role)
    {
        if (role == SignerRole.Publisher && HasUsage(Leaf, KmSigning))
            throw new PackageFormatException(ErrorCode.SignerRole, "The signer's certificate is for releases of km, not for plugins");
        if (role == SignerRole.KmPublisher && HasRole(SignerRole.Publisher, [Leaf]))
            throw new PackageFormatException(ErrorCode.SignerRole, "The signer's certificate is for plugins, not for releases of km");
    }

    private static string? UsageOf(SignerRole role) =>
        role switch
        {
            SignerRole.Publisher => CodeSigning,
            SignerRole.KmPublisher => KmSigning,
            _ => null,
        };

    private static bool HasUsage(X509Certificate2 certificate, string usage) =>
        certificate
            .Extensions.OfType<X509EnhancedKeyUsageExtension>()
            .Any(extension => extension.EnhancedKeyUsages.Cast<Oid>().Any(oid => oid.Value == usage));

    /// <param name="role">What the first one must be for.</param>
    /// <param name="certificates">The signer's first, then those above it, without the root.</param>
    private static bool HasRole(SignerRole role, IEnumerable<X509Certificate2> certificates)
    {
        // Without these extensions any usage would be allowed: they must be there and name this one.
        if (certificates.FirstOrDefault() is not { } certificate)
            return false;
        var isAuthority = certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(extension => extension.CertificateAuthority);
        var isSigner = certificate
            .Extensions.OfType<X509KeyUsageExtension>()
            .Any(extension => extension.KeyUsages.HasFlag(X509KeyUsageFlags.DigitalSignature));
        return isSigner
            && role switch
            {
                SignerRole.Publisher => !isAuthority && HasUsage(certificate, CodeSigning) && !HasUsage(certificate, KmSigning),

                // An authority that was not made for it, like one whose key an API server has, cannot pass on what it does not have.
                SignerRole.KmPublisher => !isAuthority
                    && !HasUsage(certificate, CodeSigning)
                    && certificates.All(each => HasUsage(each, KmSigning)),
                SignerRole.Authority => isAuthority,
                _ => false,
            };
    }

    private static bool HasGoodKey(X509Certificate2 certificate)
    {
        using var key = certificate.GetRSAPublicKey();
        return key is { KeySize: >= MinKey };
    }

    private static PackageFormatException Explain(X509Chain chain, int roots)
    {
        var faults = chain.ChainStatus.Select(status => status.Status).Where(status => status != X509ChainStatusFlags.NoError).ToList();
        return
            faults.Count > 0 && faults.TrueForAll(fault => fault is X509ChainStatusFlags.NotTimeValid or X509ChainStatusFlags.NotTimeNested)
            ? new PackageFormatException(ErrorCode.SignerExpired, "A certificate of the signer is not valid at this time")
            : Refuse(
                roots == 0
                    ? "No root is trusted on this machine"
                    : $"The signer's certificates lead to no trusted root, or are not made for this ({string.Join(", ", faults.Distinct())})"
            );
    }

    private static string Digest(X509Certificate2 certificate) => certificate.GetCertHashString(HashAlgorithmName.SHA256);

    private static PackageFormatException Refuse(string why) => new(ErrorCode.UntrustedChain, why);
}

/// <summary>Who signed, once it is certain.</summary>
/// <param name="Name">The common name of the certificate.</param>
/// <param name="Serials">The serial numbers of the certificate and those above it without the root, hexadecimal digits.</param>
/// <param name="NotAfter">Until when its certificate is valid, local time as .NET gives it.</param>
/// <param name="Root">The root.</param>
public sealed record TrustedSigner(string Name, IReadOnlyList<string> Serials, DateTimeOffset NotAfter, TrustRoot Root)
{
    /// <summary>SHA-256 of the certificate and of those above it without the root, hexadecimal digits.</summary>
    public IReadOnlyList<string> Fingerprints { get; init; } = [];

    /// <summary>Who that is, whichever of their keys signed.</summary>
    public required PublisherIdentity Publisher { get; init; }

    /// <summary>Names the signer with the root that vouches for it.</summary>
    /// <returns>One line for people.</returns>
    public string Describe() => $"{Name}, under {Root.Describe()}";
}
