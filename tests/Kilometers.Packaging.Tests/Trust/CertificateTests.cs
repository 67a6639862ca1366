using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Kilometers.Contracts;
using Kilometers.Packaging.Archive;
using Kilometers.Packaging.Tests.Forging;
using Kilometers.Packaging.Trust;

namespace Kilometers.Packaging.Tests.Trust;

public sealed class CertificateTests
{
    private const string Pkcs1WithSha256 = "1.2.840.113549.1.1.11";
    private static readonly TestAuthority Authority = TestAuthority.Trusted;

    [Fact]
    public void Root_SaysWhatARootMustSay()
    {
        var root = Authority.RootCertificate;
        Assert.Equal((true, true, 1), Constraints(root));
        Assert.Equal(X509KeyUsageFlags.KeyCertSign, Usage(root));
        Assert.Equal(Pkcs1WithSha256, root.SignatureAlgorithm.Value);
        Assert.Equal(root.SubjectName.Name, root.IssuerName.Name);
        Assert.Equal(TestAuthority.Start + RootCertificate.Life, root.NotAfter.ToUniversalTime());
        Assert.True(Authority.Root.IsDevelopment);
    }

    [Fact]
    public void Root_ForReleases_IsNoDevelopmentRoot() =>
        Assert.False(
            TrustRoot
                .Read(
                    RootCertificate
                        .Create(Authority.RootKey, "Kilometers", isDevelopment: false, TestAuthority.Start)
                        .ExportCertificatePem(),
                    "x"
                )
                .IsDevelopment
        );

    [Fact]
    public void Intermediate_IsAnAuthorityWithNoneBelow()
    {
        Assert.Equal((true, true, 0), Constraints(Authority.Intermediate));
        Assert.Equal(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.DigitalSignature, Usage(Authority.Intermediate));
        Assert.Equal(Pkcs1WithSha256, Authority.Intermediate.SignatureAlgorithm.Value);
    }

    [Fact]
    public void Leaf_SignsCodeAndNothingElse()
    {
        var leaf = Authority.Publisher.Certificate;
        Assert.Equal((false, false, 0), Constraints(leaf));
        Assert.Equal(X509KeyUsageFlags.DigitalSignature, Usage(leaf));
        Assert.Equal(
            ["1.3.6.1.5.5.7.3.3"],
            leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<Oid>().Select(usage => usage.Value)
        );
        Assert.Equal(TestAuthority.Start.AddDays(365), leaf.NotAfter.ToUniversalTime());
    }

    [Fact]
    public void Leaf_EndsWithItsAuthorityAtTheLatest() =>
        Assert.Equal(Authority.Intermediate.NotAfter, Authority.IssueLeaf(Authority.LeafKey, days: 36500).NotAfter);

    [Fact]
    public void Serials_Are16BytesPositiveAndNeverTheSame()
    {
        var serials = Enumerable.Range(0, 200).Select(_ => CertificateFields.NewSerial()).ToList();
        Assert.All(serials, serial => Assert.Equal((16, 0x40), (serial.Length, serial[0] & 0xc0)));
        Assert.Equal(200, serials.Select(Convert.ToHexString).Distinct().Count());
        Assert.Equal(32, Authority.Publisher.Certificate.SerialNumber.Length);
    }

    [Fact]
    public void TrustRoot_OfALeaf_IsRefused() => Refused(Authority.Publisher.Certificate.ExportCertificatePem());

    [Fact]
    public void TrustRoot_OfAnIntermediate_IsRefused() => Refused(Authority.Intermediate.ExportCertificatePem());

    [Fact]
    public void TrustRoot_OfTwoCertificates_IsRefused() =>
        Refused(CertificateChain.ToPem([Authority.RootCertificate, TestAuthority.Unknown.RootCertificate]));

    [Theory]
    [InlineData("")]
    [InlineData("text")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    public void TrustRoot_OfNoCertificate_IsRefused(string pem) => Refused(pem);

    [Fact]
    public void TrustRoot_WithAShortKey_IsRefused()
    {
        using var key = RSA.Create(2048);
        Refused(RootCertificate.Create(key, "Short", false, TestAuthority.Start).ExportCertificatePem());
    }

    [Fact]
    public void TrustRoot_OfAnotherAlgorithm_IsRefused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=ec", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        Refused(request.CreateSelfSigned(TestAuthority.Start, TestAuthority.Start.AddDays(1)).ExportCertificatePem());
    }

    [Fact]
    public void PemSigner_KeyOfAnother_IsRefused() =>
        Assert.Equal(
            ErrorCode.SigningKeys,
            Assert
                .Throws<PackageFormatException>(() =>
                    new PemSigner(Authority.Publisher.ChainPem, Authority.RootKey.ExportPkcs8PrivateKeyPem())
                )
                .Code
        );

    [Theory]
    [InlineData("", "")]
    [InlineData("x", "y")]
    public void PemSigner_NoKeys_IsRefused(string chain, string key) =>
        Assert.Equal(ErrorCode.SigningKeys, Assert.Throws<PackageFormatException>(() => new PemSigner(chain, key)).Code);

    [Fact]
    public void PemSigner_ChainWithTextAroundIt_IsWrittenInTheOneForm()
    {
        using var signer = new PemSigner(
            "subject=whoever\r\n" + Authority.Publisher.ChainPem.ReplaceLineEndings("\r\n"),
            Authority.LeafKey.ExportPkcs8PrivateKeyPem()
        );
        Assert.Equal(Authority.Publisher.ChainPem, signer.ChainPem);
    }

    private static void Refused(string pem) =>
        Assert.Equal(ErrorCode.InvalidTrustRoot, Assert.Throws<PackageFormatException>(() => TrustRoot.Read(pem, "x")).Code);

    private static (bool IsAuthority, bool HasLimit, int Limit) Constraints(X509Certificate2 certificate)
    {
        var constraints = certificate.Extensions.OfType<X509BasicConstraintsExtension>().Single();
        Assert.True(constraints.Critical);
        return (constraints.CertificateAuthority, constraints.HasPathLengthConstraint, constraints.PathLengthConstraint);
    }

    private static X509KeyUsageFlags Usage(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages;
}
