using Grpc.Core;
using Kilometers.GoPlugin.Server.Handshake;
using Kilometers.GoPlugin.Server.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kilometers.GoPlugin.Server.Serving;

/// <summary>
/// A gRPC server on one endpoint: Kestrel without anything that reads files, the environment or the console, since a plugin's start is
/// waited for and its environment belongs to the host.
/// </summary>
internal sealed class GrpcListener : IAsyncDisposable
{
    private const int StreamWindow = 4 << 20;
    private const int ConnectionWindow = 8 << 20;
    private const int MaxFrame = 1 << 20;

    private readonly WebApplication _application;
    private readonly PluginEndpoint _endpoint;

    private GrpcListener(WebApplication application, PluginEndpoint endpoint)
    {
        _application = application;
        _endpoint = endpoint;
    }

    /// <summary>Builds the server and listens.</summary>
    /// <param name="endpoint">Where.</param>
    /// <param name="tls">Null for a connection without TLS. Awaited by each connection: making the certificate overlaps with the start.</param>
    /// <param name="services">What is served.</param>
    /// <param name="loggerFactory">For the server's own complaints.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<GrpcListener> StartAsync(
        PluginEndpoint endpoint,
        Task<AutoMtls>? tls,
        IEnumerable<ServerServiceDefinition> services,
        ILoggerFactory loggerFactory,
        CancellationToken cancellationToken
    )
    {
        // Not the working directory, which is the host's and may be out of the plugin's reach.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Services.AddSingleton(loggerFactory);
        builder.Services.AddSingleton<IHostLifetime, PassiveHostLifetime>();
        // No limit on what is received: an MCP message may be of any size and the sender is the host.
        builder.Services.AddGrpc(static options => options.MaxReceiveMessageSize = null);
        // One connection, from the host: what is read and written needs no thread of its own on the way, and a call waits for each. Handlers
        // do not run there: Kestrel begins each call on another thread.
        builder.Services.Configure<SocketTransportOptions>(static options => options.UnsafePreferInlineScheduling = true);
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(options => Configure(options, endpoint, tls));
        var application = builder.Build();
        try
        {
            foreach (var service in services)
                application.MapGrpcService(service);
            await application.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await application.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        return new(application, endpoint);
    }

    /// <summary>Takes no new connection and lets the calls under way end, until the token is cancelled; then cuts them.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _application.StopAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync().ConfigureAwait(false);
        if (_endpoint.Network == "unix")
            File.Delete(_endpoint.Address);
    }

    private static void Configure(KestrelServerOptions options, PluginEndpoint endpoint, Task<AutoMtls>? tls)
    {
        options.AddServerHeader = false;
        // A host that speaks TLS below its HTTP client calls an "http" address over TLS; nothing here depends on the scheme.
        options.AllowAlternateSchemes = true;
        var limits = options.Limits;
        limits.MaxRequestBodySize = null;
        // A stream that carries nothing for hours, or that its reader holds back, is not an attack here.
        limits.MinRequestBodyDataRate = null;
        limits.MinResponseDataRate = null;
        // Not infinite: Kestrel adds that to the time, overflows, and closes a connection without a call at its next tick, within a second.
        limits.KeepAliveTimeout = TimeSpan.FromDays(3650);
        limits.Http2.MaxStreamsPerConnection = 1024;
        limits.Http2.InitialStreamWindowSize = StreamWindow;
        limits.Http2.InitialConnectionWindowSize = ConnectionWindow;
        limits.Http2.MaxFrameSize = MaxFrame;
        var heartbeat = new IdleHeartbeat(IdleHeartbeat.FirstRest);
        options.Listen(endpoint.ToEndPoint(), listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.Use(next => connection => heartbeat.ServeAsync(connection, next));
            if (tls is null)
                return;
            listen.UseHttps(
                new TlsHandshakeCallbackOptions { OnConnection = async _ => (await tls.ConfigureAwait(false)).ServerOptions() }
            );
        });
    }
}
