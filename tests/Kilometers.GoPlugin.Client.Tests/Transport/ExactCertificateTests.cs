using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Kilometers.GoPlugin.Client.Transport;

namespace Kilometers.GoPlugin.Client.Tests.Transport;

/// <summary>A server whose certificate has every property of the right one, but is not it.</summary>
public sealed class ExactCertificateTests : IDisposable
{
    private readonly PluginBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task A_server_with_another_certificate_than_the_handshakes_is_refused()
    {
        using var named = HostIdentity.Create(TimeProvider.System);
        using var shown = HostIdentity.Create(TimeProvider.System);
        var path = Path.Combine(_bench.RunDirectory, "s");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        var serving = ServeAsync(listener, shown.Certificate);

        var options = _bench.Script($"echo '1|1|unix|{path}|grpc|{Convert.ToBase64String(named.Certificate.RawData)}'; sleep 60");
        var error = await Assert.ThrowsAsync<GoPluginException>(() =>
            GoPluginClient.StartAsync(options, TestContext.Current.CancellationToken)
        );
        Assert.Equal(GoPluginFailure.InvalidCertificate, error.Failure);
        Assert.Contains("showed another certificate than the one in the plugin's handshake", error.Message, StringComparison.Ordinal);
        listener.Dispose();
        await serving;
    }

    private static async Task ServeAsync(Socket listener, X509Certificate2 certificate)
    {
        try
        {
            while (true)
            {
                using var tls = new SslStream(new NetworkStream(await listener.AcceptAsync(), ownsSocket: true));
                await tls.AuthenticateAsServerAsync(
                    new SslServerAuthenticationOptions
                    {
                        ServerCertificate = certificate,
                        ClientCertificateRequired = true,
                        RemoteCertificateValidationCallback = (_, client, _, _) => client is not null,
                        ApplicationProtocols = [SslApplicationProtocol.Http2],
                    }
                );
                await tls.ReadExactlyAsync(new byte[1]);
            }
        }
        catch (Exception e)
            when (e is SocketException or IOException or ObjectDisposedException or System.Security.Authentication.AuthenticationException)
        {
            // The client hung up, as it should, or the test is over.
        }
    }
}
