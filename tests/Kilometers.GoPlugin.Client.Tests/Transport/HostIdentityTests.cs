using System.Security.Cryptography.X509Certificates;
using Kilometers.GoPlugin.Client.Transport;

namespace Kilometers.GoPlugin.Client.Tests.Transport;

public sealed class HostIdentityTests
{
    [Fact]
    public void Create_Certificate_HasThePropertiesOfGoPluginAndACurveThatEveryPluginKnows()
    {
        var now = TimeProvider.System.GetUtcNow();
        using var identity = HostIdentity.Create(TimeProvider.System);
        using var certificate = X509Certificate2.CreateFromPem(identity.Pem);

        Assert.Equal(identity.Certificate.RawData, certificate.RawData);
        Assert.False(certificate.HasPrivateKey);
        Assert.Equal(256, certificate.GetECDsaPublicKey()?.KeySize);
        Assert.Equal("1.2.840.10045.4.3.2", certificate.SignatureAlgorithm.Value);
        Assert.Equal(
            [("2.5.4.10", "HashiCorp"), ("2.5.4.3", "localhost")],
            certificate
                .SubjectName.EnumerateRelativeDistinguishedNames(reversed: false)
                .Select(part => (part.GetSingleElementType().Value, part.GetSingleElementValue()))
        );
        Assert.Equal(certificate.SubjectName.RawData, certificate.IssuerName.RawData);
        Assert.InRange((now - certificate.NotBefore.ToUniversalTime()).TotalSeconds, 28, 32);
        Assert.InRange((certificate.NotAfter.ToUniversalTime() - now).TotalHours, 262979, 262981);

        var extensions = certificate.Extensions;
        var constraints = Assert.Single(extensions.OfType<X509BasicConstraintsExtension>());
        Assert.True(constraints is { CertificateAuthority: true, Critical: true, HasPathLengthConstraint: false });
        Assert.Equal(["localhost"], Assert.Single(extensions.OfType<X509SubjectAlternativeNameExtension>()).EnumerateDnsNames());
        Assert.Equal(
            X509KeyUsageFlags.DigitalSignature
                | X509KeyUsageFlags.KeyEncipherment
                | X509KeyUsageFlags.KeyAgreement
                | X509KeyUsageFlags.KeyCertSign,
            Assert.Single(extensions.OfType<X509KeyUsageExtension>()).KeyUsages
        );
        Assert.Equal(
            ["1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1"],
            Assert
                .Single(extensions.OfType<X509EnhancedKeyUsageExtension>())
                .EnhancedKeyUsages.Cast<System.Security.Cryptography.Oid>()
                .Select(usage => usage.Value)
        );
    }

    [Fact]
    public void Create_Twice_GivesDifferentKeys()
    {
        using var one = HostIdentity.Create(TimeProvider.System);
        using var other = HostIdentity.Create(TimeProvider.System);
        Assert.NotEqual(one.Certificate.GetPublicKey(), other.Certificate.GetPublicKey());
    }
}
