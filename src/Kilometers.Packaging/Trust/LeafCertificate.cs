using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Kilometers.Packaging.Trust;

/// <summary>The certificate that signs packages: RSA-3072, no authority, for one kind of package and nothing else, one year.</summary>
public static class LeafCertificate
{
    /// <summary>The size of its key in bits.</summary>
    public const int KeySize = 3072;

    /// <summary>How long it is valid unless asked otherwise.</summary>
    public static TimeSpan Life { get; } = TimeSpan.FromDays(365);

    /// <summary>Issues one.</summary>
    /// <param name="intermediate">The authority.</param>
    /// <param name="intermediateKey">The authority's private key.</param>
    /// <param name="key">Its own public key, whose private half may be in an HSM.</param>
    /// <param name="name">Its common name.</param>
    /// <param name="organization">Whose it is.</param>
    /// <param name="notBefore">From when it is valid.</param>
    /// <param name="life">How long it is valid; it ends with the authority at the latest.</param>
    /// <param name="signs">What it is for: plugins, or releases of km.</param>
    /// <returns>The certificate, without the key.</returns>
    public static X509Certificate2 Issue(
        X509Certificate2 intermediate,
        RSA intermediateKey,
        RSA key,
        string name,
        string organization,
        DateTimeOffset notBefore,
        TimeSpan life,
        SignerRole signs = SignerRole.Publisher
    )
    {
        var request = CertificateFields.Request(CertificateFields.Subject(name, organization, unit: null), key);
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(
                certificateAuthority: false,
                hasPathLengthConstraint: false,
                pathLengthConstraint: 0,
                critical: true
            )
        );
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(CertificateFields.Usage(signs));
        return CertificateFields.Sign(request, intermediate, intermediateKey, notBefore, notBefore + life);
    }
}
