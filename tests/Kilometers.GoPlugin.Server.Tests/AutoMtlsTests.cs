using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Xunit;

namespace Kilometers.GoPlugin.Server.Tests;

public sealed class AutoMtlsTests
{
    [Fact]
    public async Task The_host_with_its_certificate_is_served()
    {
        await using var plugin = await Raw.StartAsync(tls: true);
        Assert.Equal("5", await plugin.Open().TextAsync("raw.Raw", "Version", ""));
    }

    [Fact]
    public async Task Another_certificate_with_the_same_names_is_refused()
    {
        await using var plugin = await Raw.StartAsync(tls: true);
        using var other = PluginProcess.NewCertificate();
        await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => plugin.Open(other).TextAsync("raw.Raw", "Version", ""));
        Assert.Equal("5", await plugin.Open().TextAsync("raw.Raw", "Version", ""));
    }

    [Fact]
    public async Task A_connection_without_TLS_is_refused()
    {
        await using var plugin = await Raw.StartAsync(tls: true);
        using var channel = Grpc.Net.Client.GrpcChannel.ForAddress(
            "http://localhost",
            new()
            {
                HttpHandler = new SocketsHttpHandler
                {
                    ConnectCallback = async (_, token) =>
                    {
                        var socket = new System.Net.Sockets.Socket(
                            System.Net.Sockets.AddressFamily.Unix,
                            System.Net.Sockets.SocketType.Stream,
                            System.Net.Sockets.ProtocolType.Unspecified
                        );
                        await socket.ConnectAsync(new System.Net.Sockets.UnixDomainSocketEndPoint(plugin.Fields[3]), token);
                        return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
                    },
                },
            }
        );
        await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => channel.TextAsync("raw.Raw", "Version", ""));
    }

    [Fact]
    public async Task The_certificate_is_unpadded_and_as_go_plugin_makes_it()
    {
        await using var plugin = await Raw.StartAsync(tls: true);
        var encoded = plugin.Fields[5];
        Assert.DoesNotContain('=', encoded);
        using var certificate = X509CertificateLoader.LoadCertificate(
            Convert.FromBase64String(encoded.PadRight((encoded.Length + 3) / 4 * 4, '='))
        );
        Assert.Contains("CN=localhost", certificate.Subject, StringComparison.Ordinal);
        Assert.Contains("O=HashiCorp", certificate.Subject, StringComparison.Ordinal);
        Assert.Equal(521, certificate.GetECDsaPublicKey()!.KeySize);
        // ecdsa-with-SHA512 (RFC 5758, 3.2).
        Assert.Equal("1.2.840.10045.4.3.4", certificate.SignatureAlgorithm.Value);
        Assert.True(certificate.MatchesHostname("localhost"));
        Assert.True(certificate.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
        Assert.Equal(
            X509KeyUsageFlags.DigitalSignature
                | X509KeyUsageFlags.KeyEncipherment
                | X509KeyUsageFlags.KeyAgreement
                | X509KeyUsageFlags.KeyCertSign,
            certificate.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages
        );
        Assert.Equal(
            ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"],
            certificate
                .Extensions.OfType<X509EnhancedKeyUsageExtension>()
                .Single()
                .EnhancedKeyUsages.Cast<Oid>()
                .Select(static oid => oid.Value!)
                .Order()
        );
    }

    [Fact]
    public async Task A_client_certificate_that_cannot_be_read_ends_the_plugin_instead_of_TLS()
    {
        await using var plugin = await Raw.StartAsync(environment: ("PLUGIN_CLIENT_CERT", "nonsense"));
        Assert.Null(plugin.Handshake);
        Assert.Equal(1, await plugin.ExitAsync());
        Assert.Contains("PLUGIN_CLIENT_CERT", await plugin.ErrorContainsAsync("PLUGIN_CLIENT_CERT"), StringComparison.Ordinal);
    }
}
