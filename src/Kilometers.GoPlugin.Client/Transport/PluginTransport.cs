using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;

namespace Kilometers.GoPlugin.Client.Transport;

/// <summary>
/// Makes gRPC channels to a plugin: HTTP/2 over its socket, with AutoMTLS if there is an identity. Each side accepts exactly the
/// other's certificate, compared byte by byte; names, dates and chains of it mean nothing.
/// </summary>
internal sealed class PluginTransport(HostIdentity? identity, byte[]? pluginCertificate)
{
    // Larger than any usual message, so that one is never cut into pieces that wait for window updates.
    private const int StreamWindow = 8 * 1024 * 1024;

    /// <summary>Whether a server showed another certificate than the one in the handshake.</summary>
    public bool CertificateRejected { get; private set; }

    public GrpcChannel OpenChannel(PluginAddress address)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = (_, cancellationToken) => ConnectAsync(address, cancellationToken),
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            PooledConnectionLifetime = Timeout.InfiniteTimeSpan,
            EnableMultipleHttp2Connections = true,
            InitialHttp2StreamWindowSize = StreamWindow,
        };
        return GrpcChannel.ForAddress(identity is null ? "http://localhost" : "https://localhost", new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = null,
            MaxSendMessageSize = null,
        });
    }

    private async ValueTask<Stream> ConnectAsync(PluginAddress address, CancellationToken cancellationToken)
    {
        // One wrong certificate settles it: requests that wait for a connection must not try again, and wait, one after the other.
        if (CertificateRejected) throw new AuthenticationException("the plugin's server showed another certificate than the handshake's");
        var socket = await address.ConnectAsync(cancellationToken).ConfigureAwait(false);
        var plain = new NetworkStream(socket, ownsSocket: true);
        if (identity is null) return plain;

        // With an SslStream from this callback SocketsHttpHandler adds no TLS of its own.
        var secure = new SslStream(plain, leaveInnerStreamOpen: false);
        try
        {
            await secure.AuthenticateAsClientAsync(await OptionsAsync().ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            return secure;
        }
        catch
        {
            await secure.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<SslClientAuthenticationOptions> OptionsAsync()
    {
        // A policy with its own (empty) trust keeps chain building, whose result is not used, away from the system's authorities.
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        return new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            ApplicationProtocols = [SslApplicationProtocol.Http2],
#pragma warning disable CA5398 // go-plugin demands at least 1.2 and the system's default may be lower.
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
#pragma warning restore CA5398
            ClientCertificateContext = await identity!.Context.ConfigureAwait(false),
            CertificateChainPolicy = policy,
            AllowTlsResume = false,
            RemoteCertificateValidationCallback = (_, certificate, _, _) => IsPlugins(certificate),
        };
    }

    private bool IsPlugins(X509Certificate? certificate)
    {
        if (certificate is not null && pluginCertificate is not null && certificate.GetRawCertData().SequenceEqual(pluginCertificate))
            return true;
        CertificateRejected = true;
        return false;
    }
}
