using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Kilometers.Packaging.Trust;

/// <summary>The certificate at the top, signed by itself: RSA-4096, an authority with one authority below it, ten years.</summary>
public static class RootCertificate
{
    /// <summary>The size of its key in bits.</summary>
    public const int KeySize = 4096;

    /// <summary>How long it is valid.</summary>
    public static TimeSpan Life { get; } = TimeSpan.FromDays(3652);

    /// <summary>Creates one.</summary>
    /// <param name="key">Its key pair.</param>
    /// <param name="organization">Whose it is.</param>
    /// <param name="isDevelopment">Whether it is a development root: what is signed under it runs with a warning.</param>
    /// <param name="notBefore">From when it is valid.</param>
    /// <returns>The certificate, without the key.</returns>
    public static X509Certificate2 Create(RSA key, string organization, bool isDevelopment, DateTimeOffset notBefore)
    {
        var subject = CertificateFields.Subject($"{organization} root", organization, isDevelopment ? TrustRoot.DevelopmentUnit : null);
        var request = CertificateFields.Request(subject, key);
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(
                certificateAuthority: true,
                hasPathLengthConstraint: true,
                pathLengthConstraint: 1,
                critical: true
            )
        );
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        return CertificateFields.Sign(request, issuer: null, key, notBefore, notBefore + Life);
    }
}
