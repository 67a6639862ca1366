using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Kilometers.Packaging.Trust;

/// <summary>
/// The certificate between root and leaves: RSA-3072, an authority with none below it, five years. It issues leaves and signs revocation
/// lists, so that the root's key can stay away from every machine.
/// </summary>
public static class IntermediateCertificate
{
    /// <summary>The size of its key in bits.</summary>
    public const int KeySize = 3072;

    /// <summary>How long it is valid.</summary>
    public static TimeSpan Life { get; } = TimeSpan.FromDays(1826);

    /// <summary>Issues one.</summary>
    /// <param name="root">The root.</param>
    /// <param name="rootKey">The root's private key.</param>
    /// <param name="key">Its own public key.</param>
    /// <param name="name">Its common name.</param>
    /// <param name="organization">Whose it is.</param>
    /// <param name="notBefore">From when it is valid; it ends with the root at the latest.</param>
    /// <param name="issues">What the leaves below it are for; it can issue no others.</param>
    /// <returns>The certificate, without the key.</returns>
    public static X509Certificate2 Issue(
        X509Certificate2 root,
        RSA rootKey,
        RSA key,
        string name,
        string organization,
        DateTimeOffset notBefore,
        SignerRole issues = SignerRole.Publisher
    )
    {
        var request = CertificateFields.Request(CertificateFields.Subject(name, organization, unit: null), key);
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(
                certificateAuthority: true,
                hasPathLengthConstraint: true,
                pathLengthConstraint: 0,
                critical: true
            )
        );
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.DigitalSignature, critical: true)
        );
        request.CertificateExtensions.Add(CertificateFields.Usage(issues));
        return CertificateFields.Sign(request, root, rootKey, notBefore, notBefore + Life);
    }
}
