using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Kilometers.GoPlugin.Server.Handshake;

namespace Kilometers.GoPlugin.Server.Security;

/// <summary>
/// go-plugin's AutoMTLS: both halves make a fresh self-signed certificate and each trusts exactly the other's, byte for byte.
/// Chain building, which cannot succeed for such a pair, decides nothing.
/// </summary>
internal sealed class AutoMtls : IDisposable
{
    private readonly byte[] _hostCertificate;
    private readonly X509Certificate2 _hostCopy;
    private readonly X509Certificate2 _own;
    private readonly SslStreamCertificateContext _context;

    private AutoMtls(X509Certificate2 hostCertificate, X509Certificate2 own)
    {
        _hostCopy = hostCertificate;
        _hostCertificate = hostCertificate.RawData;
        _own = own;
        _context = SslStreamCertificateContext.Create(own, additionalCertificates: null, offline: true);
    }

    /// <summary>The plugin's certificate as DER, for the handshake line.</summary>
    public byte[] Certificate => _own.RawData;

    /// <param name="hostCertificatePem">The value of PLUGIN_CLIENT_CERT.</param>
    /// <param name="now">The current time.</param>
    /// <exception cref="GoPluginStartException">The host's certificate cannot be read. There is no way back to an unencrypted connection.</exception>
    public static AutoMtls Create(string hostCertificatePem, DateTimeOffset now)
    {
        X509Certificate2 hostCertificate;
        try
        {
            hostCertificate = X509Certificate2.CreateFromPem(hostCertificatePem);
        }
        catch (CryptographicException exception)
        {
            throw new GoPluginStartException("PLUGIN_CLIENT_CERT is not a certificate in PEM form", exception);
        }
        return new(hostCertificate, NewCertificate(now));
    }

    public SslServerAuthenticationOptions ServerOptions() =>
        new()
        {
            ServerCertificateContext = _context,
            ClientCertificateRequired = true,
            RemoteCertificateValidationCallback = IsHost,
            CertificateChainPolicy = NoSystemTrust(),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ApplicationProtocols = [SslApplicationProtocol.Http2],
        };

    public SslClientAuthenticationOptions ClientOptions() =>
        new()
        {
            TargetHost = "localhost",
            ClientCertificateContext = _context,
            RemoteCertificateValidationCallback = IsHost,
            CertificateChainPolicy = NoSystemTrust(),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ApplicationProtocols = [SslApplicationProtocol.Http2],
        };

    public void Dispose()
    {
        _own.Dispose();
        _hostCopy.Dispose();
    }

    private bool IsHost(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        certificate is X509Certificate2 presented && presented.RawDataMemory.Span.SequenceEqual(_hostCertificate);

    /// <summary>SslStream builds a chain before it asks us; with a trust of its own it does not load the system's (tens of milliseconds).</summary>
    private X509ChainPolicy NoSystemTrust() =>
        new()
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            CustomTrustStore = { _hostCopy },
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };

    private static X509Certificate2 NewCertificate(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP521);
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName("localhost");
        name.AddOrganizationName("HashiCorp");
        var request = new CertificateRequest(name.Build(), key, HashAlgorithmName.SHA512);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true)
        );
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(
                X509KeyUsageFlags.DigitalSignature
                    | X509KeyUsageFlags.KeyEncipherment
                    | X509KeyUsageFlags.KeyAgreement
                    | X509KeyUsageFlags.KeyCertSign,
                critical: true
            )
        );
        // Client and server authentication (RFC 5280, 4.2.1.12).
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.2"), new("1.3.6.1.5.5.7.3.1")], critical: false)
        );
        // As go-plugin: thirty seconds for clocks that differ, thirty years for processes that live long.
        var certificate = request.CreateSelfSigned(now.AddSeconds(-30), now.AddYears(30));
        if (!OperatingSystem.IsWindows())
            return certificate;
        using (certificate)
        {
            // Schannel cannot use the ephemeral key of a fresh certificate.
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
        }
    }
}
