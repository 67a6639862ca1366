using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Kilometers.Contracts;
using Kilometers.Packaging.Archive;

namespace Kilometers.Packaging.Trust;

/// <summary>A root certificate that somebody with the right to do so decided to trust.</summary>
public sealed class TrustRoot
{
    /// <summary>The organizational unit of a development root: what is signed under one runs with a warning.</summary>
    public const string DevelopmentUnit = "Kilometers development";

    private TrustRoot(X509Certificate2 certificate, string source, RootOrigin origin, DateTimeOffset? added)
    {
        Certificate = certificate;
        Source = source;
        Origin = origin;
        Added = added;
        Name = certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        Fingerprint = certificate.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant();
        IsDevelopment = certificate
            .SubjectName.EnumerateRelativeDistinguishedNames()
            .Any(name =>
                !name.HasMultipleElements
                && name.GetSingleElementType().Value == "2.5.4.11"
                && name.GetSingleElementValue() == DevelopmentUnit
            );
    }

    /// <summary>The certificate.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>Where it comes from: <c>km</c> itself, or a file.</summary>
    public string Source { get; }

    /// <summary>Who decided to trust it.</summary>
    public RootOrigin Origin { get; }

    /// <summary>When its file was put where it is; null where there is none, or that does not matter.</summary>
    public DateTimeOffset? Added { get; }

    /// <summary>What it calls itself. Nothing proves it.</summary>
    public string Name { get; }

    /// <summary>Whether it calls itself Kilometers, or something that looks like it, and is not the root built into km.</summary>
    public bool IsImpostor =>
        Origin != RootOrigin.BuiltIn
        && PublisherName.LooksLikeKilometers(Certificate.Subject.Replace(DevelopmentUnit, "", StringComparison.Ordinal));

    /// <summary>SHA-256 of the certificate in hexadecimal digits.</summary>
    public string Fingerprint { get; }

    /// <summary>Whether it calls itself a development root.</summary>
    public bool IsDevelopment { get; }

    /// <summary>The beginning of a fingerprint, as <c>km trust list</c> shows it.</summary>
    /// <param name="fingerprint">Hexadecimal digits.</param>
    /// <returns>16 digits.</returns>
    public static string Short(string fingerprint)
    {
        ArgumentNullException.ThrowIfNull(fingerprint);
        return fingerprint[..Math.Min(16, fingerprint.Length)];
    }

    /// <summary>Says in a few words who decided to trust it, as in a table.</summary>
    /// <returns>Such as <c>added by you on 2026-11-29</c>.</returns>
    public string DescribeOrigin() =>
        Origin switch
        {
            RootOrigin.BuiltIn => "built into km",
            RootOrigin.System => "added by the administrator",
            RootOrigin.User =>
                $"added by you{(Added is { } added ? added.ToLocalTime().ToString("' on 'yyyy-MM-dd", CultureInfo.InvariantCulture) : "")}",
            _ => $"in {Source}",
        };

    /// <summary>Says which root it is, everywhere a signer is named: who decided to trust it, what it calls itself, and its fingerprint's beginning.</summary>
    /// <returns>Such as <c>the root added by you on 2026-11-29 ("Example Ltd root", 1a2b3c4d5e6f7890)</c>.</returns>
    public string Describe() =>
        $"the root {DescribeOrigin()} (\"{Name}\", {Short(Fingerprint)})"
        + (IsDevelopment ? " (development)" : "")
        + (IsImpostor ? ", which is not Kilometers' own" : "");

    /// <summary>Reads one root.</summary>
    /// <param name="pem">One certificate, PEM.</param>
    /// <param name="source">Where it comes from.</param>
    /// <param name="origin">Who decided to trust it.</param>
    /// <param name="added">When.</param>
    /// <returns>The root.</returns>
    /// <exception cref="PackageFormatException"><c>CFG_TRU_001</c>: it is not one self-signed certificate of an authority with an RSA key of at least 3072 bits.</exception>
    public static TrustRoot Read(string pem, string source, RootOrigin origin = RootOrigin.Named, DateTimeOffset? added = null)
    {
        try
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPem(pem);
            if (certificates.Count != 1)
                throw new PackageFormatException(ErrorCode.InvalidTrustRoot, $"{source} does not hold exactly one certificate");
            var certificate = certificates[0];
            using var key = certificate.GetRSAPublicKey();
            var isAuthority = certificate
                .Extensions.OfType<X509BasicConstraintsExtension>()
                .Any(extension => extension.CertificateAuthority);
            if (
                key is not { KeySize: >= CertificateChain.MinKey }
                || !isAuthority
                || !certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData)
            )
                throw new PackageFormatException(
                    ErrorCode.InvalidTrustRoot,
                    $"{source} is not the root of an authority with an RSA key of at least {CertificateChain.MinKey} bits"
                );
            return new TrustRoot(certificate, source, origin, added);
        }
        catch (Exception e) when (e is CryptographicException or InvalidOperationException)
        {
            throw new PackageFormatException(ErrorCode.InvalidTrustRoot, $"{source} is not a certificate: {e.Message}");
        }
    }
}
