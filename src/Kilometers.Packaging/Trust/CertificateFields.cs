using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Kilometers.Packaging.Trust;

/// <summary>What the certificates that we issue have in common.</summary>
internal static class CertificateFields
{
    /// <summary>The subject of a certificate.</summary>
    public static X500DistinguishedName Subject(string commonName, string organization, string? unit)
    {
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(commonName);
        if (unit is not null)
            subject.AddOrganizationalUnitName(unit);
        subject.AddOrganizationName(organization);
        return subject.Build();
    }

    /// <summary>What a signer's certificate, or the authority of such, is for.</summary>
    public static X509EnhancedKeyUsageExtension Usage(SignerRole role) =>
        new(
            [
                new Oid(
                    role switch
                    {
                        SignerRole.Publisher => CertificateChain.CodeSigning,
                        SignerRole.KmPublisher => CertificateChain.KmSigning,
                        _ => throw new ArgumentOutOfRangeException(nameof(role), role, "Only signers of packages have a usage"),
                    }
                ),
            ],
            critical: true
        );

    /// <summary>A serial number of 16 random bytes: positive, and of one length in every tool that prints it.</summary>
    public static byte[] NewSerial()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x3f) | 0x40);
        return serial;
    }

    /// <summary>Signs a certificate with PKCS#1 v1.5 and SHA-256: some systems dislike PSS in certificates.</summary>
    /// <param name="request">What it says.</param>
    /// <param name="issuer">The issuer's certificate; null: its own.</param>
    /// <param name="issuerKey">The issuer's private key.</param>
    /// <param name="notBefore">From when.</param>
    /// <param name="notAfter">Until when; never later than the issuer's.</param>
    public static X509Certificate2 Sign(
        CertificateRequest request,
        X509Certificate2? issuer,
        RSA issuerKey,
        DateTimeOffset notBefore,
        DateTimeOffset notAfter
    )
    {
        request.CertificateExtensions.Add(
            new X509SubjectKeyIdentifierExtension(request.PublicKey, X509SubjectKeyIdentifierHashAlgorithm.Sha256, critical: false)
        );
        if (issuer is not null)
        {
            request.CertificateExtensions.Add(
                X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, includeKeyIdentifier: true, includeIssuerAndSerial: false)
            );
            DateTimeOffset last = issuer.NotAfter;
            if (notAfter > last)
                notAfter = last;
        }

        var generator = X509SignatureGenerator.CreateForRSA(issuerKey, RSASignaturePadding.Pkcs1);
        return request.Create(issuer?.SubjectName ?? request.SubjectName, generator, notBefore, notAfter, NewSerial());
    }

    /// <summary>Asks for a certificate of a public key.</summary>
    public static CertificateRequest Request(X500DistinguishedName subject, RSA key) =>
        new(subject, new PublicKey(key), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
}
