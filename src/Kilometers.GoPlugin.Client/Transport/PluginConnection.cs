using Grpc.Core;
using Grpc.Net.Client;
using Kilometers.GoPlugin.Wire;
using Kilometers.GoPlugin.Wire.Health;
using HealthClient = Kilometers.GoPlugin.Wire.Health.Health.HealthClient;

namespace Kilometers.GoPlugin.Client.Transport;

/// <summary>The connection to a plugin's own services: health, controller, standard output over gRPC, broker.</summary>
internal sealed class PluginConnection : IAsyncDisposable
{
    // The name under which go-plugin registers itself with the health service.
    private const string HealthService = "plugin";
    private readonly GrpcChannel _channel;
    private readonly PluginTransport _transport;
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _running;

    public PluginConnection(Handshake handshake, HostIdentity? identity, GoPluginClientOptions options, int processId)
    {
        _transport = new PluginTransport(identity, handshake.Certificate, options, processId);
        _channel = _transport.OpenChannel(handshake.Address);
        Invoker = _channel.CreateCallInvoker();
        Broker = new GoPluginBroker(_transport, identity, handshake.Certificate, options);
        _running = Task.WhenAll(Broker.RunAsync(Invoker, _ending.Token), ReadOutputAsync(options.Output));
    }

    public CallInvoker Invoker { get; }

    public GoPluginBroker Broker { get; }

    public bool CertificateRejected => _transport.CertificateRejected;

    /// <summary>Completes as soon as the plugin has answered anything at all.</summary>
    /// <exception cref="RpcException">It cannot be reached.</exception>
    public async Task ConfirmAsync(CancellationToken cancellationToken)
    {
        try
        {
            await IsServingAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.Unimplemented or StatusCode.NotFound)
        {
            // No health service, or none for this name: an answer all the same. go-plugin's own host does not ask at the start.
        }
    }

    public async Task<bool> IsServingAsync(CancellationToken cancellationToken)
    {
        var request = new HealthCheckRequest { Service = HealthService };
        var response = await new HealthClient(Invoker)
            .CheckAsync(request, cancellationToken: cancellationToken)
            .ResponseAsync.ConfigureAwait(false);
        return response.Status == HealthCheckResponse.Types.ServingStatus.Serving;
    }

    /// <summary>Asks the plugin to end.</summary>
    /// <returns>False if it did not answer before the token was cancelled, so that there is nothing to wait for.</returns>
    public async Task<bool> RequestShutdownAsync(CancellationToken cancellationToken)
    {
        try
        {
            await new GRPCController.GRPCControllerClient(Invoker)
                .ShutdownAsync(new Empty(), cancellationToken: cancellationToken)
                .ResponseAsync.ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException or ObjectDisposedException)
        {
            // Go's server may be gone before its answer is sent: Unavailable is as good as an answer.
            return !cancellationToken.IsCancellationRequested && e is not RpcException { StatusCode: StatusCode.Unimplemented };
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _channel.Dispose();
        _ending.Dispose();
    }

    private async Task ReadOutputAsync(Action<PluginOutputChannel, ReadOnlyMemory<byte>>? output)
    {
        try
        {
            using var call = new GRPCStdio.GRPCStdioClient(Invoker).StreamStdio(
                new Google.Protobuf.WellKnownTypes.Empty(),
                cancellationToken: _ending.Token
            );
            while (await call.ResponseStream.MoveNext(_ending.Token).ConfigureAwait(false))
            {
                var data = call.ResponseStream.Current;
                if (!data.Data.IsEmpty)
                    Deliver(output, data);
            }
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException or IOException)
        {
            // Unimplemented: go-plugin before 1.2, which has the pipe only. Anything else: the plugin is gone, and its process says so.
        }
    }

    private static void Deliver(Action<PluginOutputChannel, ReadOnlyMemory<byte>>? output, StdioData data)
    {
        var channel = data.Channel switch
        {
            StdioData.Types.Channel.Stdout => PluginOutputChannel.StandardOutput,
            StdioData.Types.Channel.Stderr => PluginOutputChannel.StandardError,
            _ => PluginOutputChannel.Unknown,
        };
        try
        {
            output?.Invoke(channel, data.Data.Memory);
        }
        catch (Exception)
        {
            // The caller's trouble with one piece must not end the stream; the option's documentation says so.
        }
    }
}
