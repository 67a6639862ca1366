using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using Kilometers.GoPlugin.Client.Transport;
using Kilometers.GoPlugin.Wire;

namespace Kilometers.GoPlugin.Client;

/// <summary>
/// The host's half of go-plugin's GRPCBroker: both sides tell each other where further services listen, by numbers that they agreed
/// upon over their own protocol.
/// </summary>
#pragma warning disable CA1001 // A semaphore whose wait handle nobody takes holds nothing that needs disposing.
public sealed class GoPluginBroker
#pragma warning restore CA1001
{
    // Far above what a plugin has open at once; a flood of announcements must not grow the host.
    private const int MaximumAnnounced = 1024;

    // An announcement is kept until somebody dials it: no longer ones than addresses are.
    private const int MaxAnnouncedAddress = 256;

    // The time that go-plugin itself waits for the other side.
    private static readonly TimeSpan AnnouncementTimeout = TimeSpan.FromSeconds(5);
    private readonly PluginTransport _transport;
    private readonly HostIdentity? _identity;
    private readonly GoPluginClientOptions _options;
    private readonly Dictionary<uint, TaskCompletionSource<ConnInfo>> _announced = [];
    private readonly SemaphoreSlim _sending = new(1);
    private AsyncDuplexStreamingCall<ConnInfo, ConnInfo>? _stream;
    private uint _lastId;

    internal GoPluginBroker(PluginTransport transport, HostIdentity? identity, byte[]? pluginCertificate, GoPluginClientOptions options)
    {
        _transport = transport;
        _identity = identity;
        _options = options;
        PluginCertificate = pluginCertificate;
    }

    /// <summary>
    /// The certificate, with its key, with which a service of the host must identify itself to the plugin; null without AutoMTLS.
    /// </summary>
    public X509Certificate2? HostCertificate => _identity?.Certificate;

    /// <summary>The DER form of the only certificate that a service of the host may accept; null without AutoMTLS.</summary>
    public ReadOnlyMemory<byte>? PluginCertificate { get; }

    /// <summary>A number for a further service that this process has not used with this plugin yet.</summary>
    public int NextId() => (int)Interlocked.Increment(ref _lastId);

    /// <summary>Connects to a service that the plugin serves, once the plugin has said where; it has 5 s to do so.</summary>
    /// <param name="serviceId">The number that the plugin gave.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>A channel that uses the certificates of the plugin's own connection; the caller disposes it.</returns>
    /// <exception cref="TimeoutException">The plugin did not say where the service is.</exception>
    /// <exception cref="IOException">What the plugin said is not an acceptable address.</exception>
    public async Task<GrpcChannel> DialAsync(int serviceId, CancellationToken cancellationToken)
    {
        var id = (uint)serviceId;
        ConnInfo info;
        try
        {
            info = await Announced(id).Task.WaitAsync(AnnouncementTimeout, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException(
                $"The plugin did not say within {AnnouncementTimeout.TotalSeconds} s where its service {id} listens."
            );
        }
        finally
        {
            lock (_announced)
                _announced.Remove(id);
        }

        return PluginAddress.Parse(info.Network, info.Address, _options.OnlyDirectory, out var why) is { } address
            ? _transport.OpenChannel(address)
            : throw new IOException($"The plugin's announcement of its service {id} {why}.");
    }

    /// <summary>
    /// Tells the plugin where a service of the host listens. The caller listens there already, with <see cref="HostCertificate"/>.
    /// </summary>
    /// <param name="serviceId">The number that the plugin will dial.</param>
    /// <param name="network"><c>unix</c> or <c>tcp</c>.</param>
    /// <param name="address">The socket's path, or IP:PORT.</param>
    /// <param name="cancellationToken">Ends the sending.</param>
    /// <exception cref="RpcException">The plugin has no broker, or is gone.</exception>
    public async Task AnnounceAsync(int serviceId, string network, string address, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(network);
        ArgumentException.ThrowIfNullOrEmpty(address);
        var stream = _stream ?? throw new RpcException(new Status(StatusCode.Unavailable, "the plugin's broker is not connected"));
        await _sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await stream
                .RequestStream.WriteAsync(
                    new ConnInfo
                    {
                        ServiceId = (uint)serviceId,
                        Network = network,
                        Address = address,
                    },
                    cancellationToken
                )
                .ConfigureAwait(false);
        }
        catch (Exception e) when (e is InvalidOperationException or ObjectDisposedException)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "the plugin's broker has ended the stream", e));
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Keeps the stream open and reads it to its end; never faults. A plugin without a broker just ends it.</summary>
    internal async Task RunAsync(CallInvoker invoker, CancellationToken cancellationToken)
    {
        try
        {
            using var call = new GRPCBroker.GRPCBrokerClient(invoker).StartStream(cancellationToken: cancellationToken);
            _stream = call;
            while (await call.ResponseStream.MoveNext(cancellationToken).ConfigureAwait(false))
            {
                // A knock belongs to connection multiplexing, which this host never offers.
                if (call.ResponseStream.Current is { Knock: null } info)
                    Take(info);
            }
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException or IOException)
        {
            // Unimplemented: the plugin has no broker. Anything else: it is gone, and its process says so.
        }
        finally
        {
            _stream = null;
        }
    }

    private void Take(ConnInfo info)
    {
        if (info.Network.Length > MaxAnnouncedAddress || info.Address.Length > MaxAnnouncedAddress)
            return;
        lock (_announced)
        {
            if (_announced.Count >= MaximumAnnounced && !_announced.ContainsKey(info.ServiceId))
                return;
        }

        Announced(info.ServiceId).TrySetResult(info);
    }

    private TaskCompletionSource<ConnInfo> Announced(uint id)
    {
        lock (_announced)
        {
            if (!_announced.TryGetValue(id, out var source))
                _announced[id] = source = new TaskCompletionSource<ConnInfo>(TaskCreationOptions.RunContinuationsAsynchronously);
            return source;
        }
    }
}
