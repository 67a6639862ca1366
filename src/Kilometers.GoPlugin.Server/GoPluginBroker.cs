using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Grpc.Core;
using Grpc.Net.Client;
using Kilometers.GoPlugin.Server.Handshake;
using Kilometers.GoPlugin.Server.Security;
using Kilometers.GoPlugin.Server.Serving;
using Kilometers.GoPlugin.Wire;
using Microsoft.Extensions.Logging;

namespace Kilometers.GoPlugin.Server;

/// <summary>
/// Further gRPC connections between plugin and host, each known to both by a number that one of them passes to the other in a call of
/// its own contract (go-plugin's GRPCBroker, without multiplexing). They are secured as the first connection is.
/// </summary>
public sealed class GoPluginBroker
{
    /// <summary>Longer than a plugin lives; without a limit, .NET would look for idle connections every half minute.</summary>
    private static readonly TimeSpan MaxIdle = TimeSpan.FromDays(180);

    /// <summary>The most announcements kept that nobody dials: a host that announces without end must not fill the plugin's memory.</summary>
    private const int MaxUnclaimed = 1024;

    /// <summary>go-plugin's own limit for the other half's announcement.</summary>
    private static readonly TimeSpan DialTimeout = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<uint, TaskCompletionSource<ConnInfo>> _announced = new();
    private readonly Channel<ConnInfo> _announcements = Channel.CreateUnbounded<ConnInfo>();
    private readonly HostEnvironment _environment;
    private readonly Task<AutoMtls>? _tls;
    private readonly ILoggerFactory _loggerFactory;
    private readonly TimeProvider _timeProvider;
    private uint _lastId;

    internal GoPluginBroker(HostEnvironment environment, Task<AutoMtls>? tls, ILoggerFactory loggerFactory, TimeProvider timeProvider)
    {
        _environment = environment;
        _tls = tls;
        _loggerFactory = loggerFactory;
        _timeProvider = timeProvider;
    }

    internal ChannelReader<ConnInfo> Announcements => _announcements.Reader;

    /// <summary>A number not given out before, to pass to the host.</summary>
    public uint NextId() => Interlocked.Increment(ref _lastId);

    /// <summary>Serves gRPC services on a connection of their own and announces it to the host under a number.</summary>
    /// <param name="id">The number the host dials; one from <see cref="NextId"/>, or one the host sent.</param>
    /// <param name="services">What is served.</param>
    /// <param name="cancellationToken">Gives up before the server listens.</param>
    /// <returns>The server; it listens until disposed.</returns>
    public async Task<BrokeredServer> AcceptAsync(
        uint id,
        IEnumerable<ServerServiceDefinition> services,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(services);
        var endpoint = PluginEndpoint.Allocate(_environment);
        var listener = await GrpcListener.StartAsync(endpoint, _tls, services, _loggerFactory, cancellationToken).ConfigureAwait(false);
        SocketAccess.Apply(endpoint, _environment.SocketGroup);
        _announcements.Writer.TryWrite(
            new ConnInfo
            {
                ServiceId = id,
                Network = endpoint.Network,
                Address = endpoint.Address,
            }
        );
        return new(id, listener);
    }

    /// <summary>Waits for the host to announce a number, and connects to it.</summary>
    /// <param name="id">The number, as the host sent it in a call.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A channel of its own; the caller disposes it.</returns>
    /// <exception cref="TimeoutException">The host announced nothing under that number within 5 s.</exception>
    public async Task<GrpcChannel> DialAsync(uint id, CancellationToken cancellationToken = default)
    {
        ConnInfo announcement;
        try
        {
            announcement = await Slot(id).Task.WaitAsync(DialTimeout, _timeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"The host announced no connection {id} within {DialTimeout.TotalSeconds} s.", exception);
        }
        finally
        {
            _announced.TryRemove(id, out _);
        }
        var endpoint = new PluginEndpoint(announcement.Network, announcement.Address).ToEndPoint();
        var tls = _tls is null ? null : await _tls.ConfigureAwait(false);
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            PooledConnectionIdleTimeout = MaxIdle,
            ConnectCallback = async (_, token) => await ConnectAsync(endpoint, token).ConfigureAwait(false),
        };
        if (tls is not null)
            handler.SslOptions = tls.ClientOptions();
        return GrpcChannel.ForAddress(
            tls is null ? "http://localhost" : "https://localhost",
            new GrpcChannelOptions
            {
                HttpHandler = handler,
                DisposeHttpClient = true,
                MaxReceiveMessageSize = null,
                LoggerFactory = _loggerFactory,
            }
        );
    }

    internal void OnAnnounced(ConnInfo announcement)
    {
        // A knock belongs to multiplexing, which the handshake declined.
        if (announcement.Knock is { Knock_: true })
            return;
        if (_announced.Count < MaxUnclaimed || _announced.ContainsKey(announcement.ServiceId))
            Slot(announcement.ServiceId).TrySetResult(announcement);
    }

    private TaskCompletionSource<ConnInfo> Slot(uint id) =>
        _announced.GetOrAdd(id, static _ => new(TaskCreationOptions.RunContinuationsAsynchronously));

    private static async Task<Stream> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken)
    {
        var unix = endpoint is UnixDomainSocketEndPoint;
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, unix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(endpoint, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
