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
/// <param name="identity">The host's certificate; null without AutoMTLS.</param>
/// <param name="pluginCertificate">The plugin's; null without AutoMTLS.</param>
/// <param name="options">Where the plugin may listen, and how much it may answer.</param>
/// <param name="processId">The plugin's process.</param>
internal sealed class PluginTransport(HostIdentity? identity, byte[]? pluginCertificate, GoPluginClientOptions options, int processId)
{
    /// <summary>
    /// Longer than a plugin lives. .NET looks for idle connections four times in this time, but every half minute where there is no limit: that
    /// would wake a machine at rest for each plugin.
    /// </summary>
    private static readonly TimeSpan MaxIdle = TimeSpan.FromDays(180);

    private readonly int? _onlyProcess = options.Addresses == PluginAddresses.OwnSocket ? processId : null;

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
            PooledConnectionIdleTimeout = MaxIdle,
            PooledConnectionLifetime = Timeout.InfiniteTimeSpan,
            EnableMultipleHttp2Connections = true,

            // A message of the largest size is not cut into pieces that wait for window updates; more is not held.
            InitialHttp2StreamWindowSize = Math.Clamp(options.MaxReceivedMessageBytes, 64 * 1024, 16 * 1024 * 1024),
        };
        return GrpcChannel.ForAddress(
            identity is null ? "http://localhost" : "https://localhost",
            new GrpcChannelOptions
            {
                HttpHandler = handler,
                DisposeHttpClient = true,
                MaxReceiveMessageSize = options.MaxReceivedMessageBytes,
                MaxSendMessageSize = null,
            }
        );
    }

    private async ValueTask<Stream> ConnectAsync(PluginAddress address, CancellationToken cancellationToken)
    {
        // One wrong certificate settles it: requests that wait for a connection must not try again, and wait, one after the other.
        if (CertificateRejected)
            throw new AuthenticationException("the plugin's server showed another certificate than the handshake's");
        var socket = await address.ConnectAsync(_onlyProcess, cancellationToken).ConfigureAwait(false);
        var plain = new NetworkStream(socket, ownsSocket: true);
        if (identity is null)
            return plain;

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
