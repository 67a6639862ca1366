using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Kilometers.GoPlugin.Client.Transport;

/// <summary>
/// The host's half of AutoMTLS: a self-signed certificate for one launch, with the properties of go-plugin's <c>mtls.go</c> but for its
/// curve. Its key never leaves the memory of this process.
/// </summary>
internal sealed class HostIdentity : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private HostIdentity(X509Certificate2 certificate)
    {
        Certificate = certificate;
        Pem = certificate.ExportCertificatePem();

        // Waits for the system's authorities (see SystemTrust), so it is made while the plugin starts.
        Context = Task.Run(() => SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true));
    }

    public X509Certificate2 Certificate { get; }

    public string Pem { get; }

    public Task<SslStreamCertificateContext> Context { get; }

    public static HostIdentity Create(TimeProvider time)
    {
        _ = SystemTrust.LoadAsync();

        // go-plugin's is P-521, which gRPC's own builds for Python, Ruby, Node and C++ refuse (they are made with BoringSSL, grpc/grpc#23235).
        // Every plugin takes this one: it compares the certificate, not its curve.
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var name = new X500DistinguishedName("O=HashiCorp, CN=localhost", X500DistinguishedNameFlags.None);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(
                X509KeyUsageFlags.DigitalSignature
                    | X509KeyUsageFlags.KeyEncipherment
                    | X509KeyUsageFlags.KeyAgreement
                    | X509KeyUsageFlags.KeyCertSign,
                critical: true
            )
        );
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([new Oid(ClientAuthentication), new Oid(ServerAuthentication)], critical: false)
        );
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(
                certificateAuthority: true,
                hasPathLengthConstraint: false,
                pathLengthConstraint: 0,
                critical: true
            )
        );
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());

        // 30 s for clocks that differ, and go-plugin's 30 years: a plugin may run as long as its host.
        var now = time.GetUtcNow();
        var certificate = request.CreateSelfSigned(now.AddSeconds(-30), now.AddHours(262980));
        return new HostIdentity(OperatingSystem.IsWindows() ? Reimport(certificate) : certificate);
    }

    public void Dispose()
    {
        // The context may still be reading the certificate; the code that connects awaits it, and it is small otherwise.
        if (Context.IsCompleted)
            Certificate.Dispose();
    }

    // Schannel cannot use a key that exists in memory only.
    private static X509Certificate2 Reimport(X509Certificate2 certificate)
    {
        using (certificate)
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }
}
