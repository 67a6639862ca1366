using System.Security.Cryptography.X509Certificates;
using Kilometers.Contracts.Packages;
using Kilometers.Packaging.Archive;
using Kilometers.Packaging.Trust;

namespace Kilometers.Packaging.Verification;

/// <summary>
/// What a package says about itself, as far as it can be read, from any maker: to be shown as not verified, and for nothing else. Only
/// printable text comes out of it.
/// </summary>
public sealed record UnverifiedContent
{
    /// <summary>The manifest; null where it cannot be read or breaks a rule.</summary>
    public PluginManifest? Manifest { get; private init; }

    /// <summary>SHA-256 of the payload as the statement has it, hexadecimal digits; empty where it cannot be read.</summary>
    public string PayloadDigest { get; private init; } = "";

    /// <summary>How many signatures the envelope has; 0 also where there is none to be read.</summary>
    public int Signatures { get; private init; }

    /// <summary>The certificates that came along, the signer's first; each by name, serial number and times.</summary>
    public IReadOnlyList<UnverifiedCertificate> Certificates { get; private init; } = [];

    /// <summary>Reads what can be read.</summary>
    /// <param name="package">The package from its beginning.</param>
    /// <returns>What was found.</returns>
    /// <exception cref="IOException">The package cannot be read.</exception>
    public static UnverifiedContent Read(Stream package)
    {
        var content = new UnverifiedContent();
        try
        {
            var (attestation, chainPem) = new PackageReader(package).ReadFront();
            var envelope = DsseEnvelope.Parse(attestation);
            content = content with { Signatures = envelope.Signatures.Count, Certificates = ReadCertificates(chainPem) };
            PackageStatements.CheckTypes(envelope);
            var (manifest, digest) = PackageStatements.Read(envelope);
            return content with { Manifest = manifest, PayloadDigest = digest };
        }
        catch (PackageFormatException)
        {
            return content;
        }
    }

    private static List<UnverifiedCertificate> ReadCertificates(byte[] chainPem)
    {
        try
        {
            using var chain = CertificateChain.Read(chainPem);
            return [.. chain.Certificates.Select(UnverifiedCertificate.Of)];
        }
        catch (PackageFormatException)
        {
            return [];
        }
    }
}

/// <summary>A certificate that came with a package.</summary>
/// <param name="Name">Its common name, printable characters.</param>
/// <param name="Serial">Its serial number in hexadecimal digits.</param>
/// <param name="NotBefore">From when it is valid.</param>
/// <param name="NotAfter">Until when it is valid.</param>
public sealed record UnverifiedCertificate(string Name, string Serial, DateTimeOffset NotBefore, DateTimeOffset NotAfter)
{
    internal static UnverifiedCertificate Of(X509Certificate2 certificate) =>
        new(
            string.Concat(
                certificate
                    .GetNameInfo(X509NameType.SimpleName, forIssuer: false)
                    .Take(200)
                    .Select(c => char.IsControl(c) || char.GetUnicodeCategory(c) == System.Globalization.UnicodeCategory.Format ? '?' : c)
            ),
            certificate.SerialNumber.ToLowerInvariant(),
            certificate.NotBefore,
            certificate.NotAfter
        );
}
