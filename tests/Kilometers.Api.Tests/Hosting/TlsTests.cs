using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Kilometers.Api.Tests.Events;
using Kilometers.Api.Tests.Running;
using Kilometers.Contracts;

namespace Kilometers.Api.Tests.Hosting;

/// <summary>The server ends TLS itself, with the files that an operator names.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("km-api-test-");
    private readonly X509Certificate2 _root = Make("CN=root", null, isAuthority: true);
    private readonly X509Certificate2 _intermediate;

    public TlsTests() => _intermediate = Make("CN=intermediate", _root, isAuthority: true);

    private string Certificate => Path.Combine(_folder.FullName, "fullchain.pem");

    private string Key => Path.Combine(_folder.FullName, "privkey.pem");

    private Dictionary<string, string> Settings => new() { ["Certificate"] = Certificate, ["CertificateKey"] = Key };

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        _root.Dispose();
        _intermediate.Dispose();
    }

    [Fact]
    public async Task A_client_that_trusts_the_root_gets_the_chain_and_a_renewed_certificate_without_a_restart()
    {
        Write("CN=first");
        await using var api = await ApiProcess.StartAsync(settings: Settings, more: ["--urls", "https://127.0.0.1:0"]);
        Assert.Equal(Uri.UriSchemeHttps, api.Address.Scheme);
        Assert.Equal("CN=first", await ShownAsync(api));

        Write("CN=second");
        Assert.Equal("CN=second", await ShownAsync(api));

        await File.WriteAllTextAsync(Key, "half of a k", TestContext.Current.CancellationToken);
        Assert.Equal("CN=second", await ShownAsync(api));
        await Wait.UntilAsync(
            () => api.Lines.Any(line => line.Contains("The new certificate cannot be used", StringComparison.Ordinal)),
            () => string.Join('\n', api.Lines)
        );

        Write("CN=third");
        Assert.Equal("CN=third", await ShownAsync(api));
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("garbage")]
    [InlineData("another key")]
    public async Task What_cannot_be_used_is_said_at_the_start(string what)
    {
        Write("CN=first");
        if (what == "missing")
            File.Delete(Key);
        if (what == "garbage")
            await File.WriteAllTextAsync(Certificate, "no certificate", TestContext.Current.CancellationToken);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        if (what == "another key")
            await File.WriteAllTextAsync(Key, other.ExportPkcs8PrivateKeyPem(), TestContext.Current.CancellationToken);
        var data = _folder.CreateSubdirectory("data").FullName;
        var (status, _, errors) = await ApiProcess.RunAsync(data, Settings, "serve", "--urls", "https://127.0.0.1:0");
        Assert.Equal(1, status);
        Assert.Contains($"[{ErrorCode.ApiConfiguration}]", errors, StringComparison.Ordinal);
        Assert.Contains("The setting Certificate cannot be used", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", errors, StringComparison.Ordinal);
    }

    /// <summary>As certbot and its like do: a certificate and those above it in one file, the key in another.</summary>
    private void Write(string subject)
    {
        using var leaf = Make(subject, _intermediate, isAuthority: false);
        File.WriteAllText(Key, leaf.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Certificate, $"{leaf.ExportCertificatePem()}\n{_intermediate.ExportCertificatePem()}\n");
    }

    /// <returns>The certificate that a client of the root accepts.</returns>
    private async Task<string> ShownAsync(ApiProcess api)
    {
        using var connection = new TcpClient();
        await connection.ConnectAsync("127.0.0.1", api.Address.Port, TestContext.Current.CancellationToken);
        await using var tls = new SslStream(connection.GetStream());
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    CustomTrustStore = { _root },
                    RevocationMode = X509RevocationMode.NoCheck,
                    DisableCertificateDownloads = true,
                },
            },
            TestContext.Current.CancellationToken
        );
        return tls.RemoteCertificate!.Subject;
    }

    private static X509Certificate2 Make(string subject, X509Certificate2? issuer, bool isAuthority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        if (!isAuthority)
            request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        if (issuer is null)
            return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(2));
        using var certificate = request.Create(issuer, now.AddHours(-1), issuer.NotAfter, RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }
}
