using Grpc.Core;
using Grpc.Net.Client;
using Kilometers.GoPlugin.Server.Tests;
using Kilometers.Wire.V2;

namespace Kilometers.Plugins.ApiLogger.Tests.Processes;

/// <summary>The plugin in a process of its own, with a host that speaks contract version 2 and notes what is acknowledged.</summary>
internal sealed class ApiLoggerProcess : IAsyncDisposable
{
    private const string Service = "kilometersplugin.v2.KilometersPlugin";

    private readonly PluginProcess _plugin;
    private readonly GrpcChannel _channel;
    private readonly AsyncDuplexStreamingCall<Batch, Acknowledgement> _delivery;
    private readonly Task _acknowledging;
    private ulong _acknowledged;

    private ApiLoggerProcess(PluginProcess plugin, GrpcChannel channel)
    {
        _plugin = plugin;
        _channel = channel;
        _delivery = channel
            .CreateCallInvoker()
            .AsyncDuplexStreamingCall(
                Rpc.Method<Batch, Acknowledgement>(Service, "Deliver", MethodType.DuplexStreaming),
                null,
                new CallOptions(deadline: DateTime.UtcNow.AddSeconds(120))
            );
        _acknowledging = NoteAsync();
    }

    public static string Executable { get; } =
        AppContext.BaseDirectory.Replace("ApiLogger.Tests", "TestApiLogger", StringComparison.Ordinal) + "TestApiLogger";

    public ulong Acknowledged => Volatile.Read(ref _acknowledged);

    public ulong Failed { get; private set; }

    public string Errors => _plugin.Error;

    public static async Task<ApiLoggerProcess> StartAsync(string endpoint, string spool, string session)
    {
        var environment = new Dictionary<string, string>
        {
            ["KILOMETERS_PLUGIN"] = "kilometers_monitoring_plugin",
            ["PLUGIN_PROTOCOL_VERSIONS"] = "2",
        };
        var plugin = await PluginProcess.StartAsync(Executable, environment);
        var channel = plugin.Open();
        var authorized = await channel.CallAsync<AuthenticateRequest, AuthenticateResponse>(Service, "Authenticate", new());
        Assert.Equal(Wire.V2.Authorization.Granted, authorized.Authorization);
        var initialized = await channel.CallAsync<InitializeRequest, InitializeResponse>(
            Service,
            "Initialize",
            new()
            {
                Session = new Session
                {
                    Id = session,
                    ServerLabel = "server",
                    HostVersion = "1.0.0",
                },
                Config = new PluginConfig
                {
                    ApiEndpoint = endpoint,
                    Settings =
                    {
                        ["spool_directory"] = spool,
                        ["batch_time"] = "20",
                        ["batch_events"] = "20",
                    },
                },
            }
        );
        Assert.True(initialized.Success, initialized.Error);
        return new(plugin, channel);
    }

    public Task DeliverAsync(ulong first, int count, string payload)
    {
        var batch = new Batch();
        for (var sequence = first; sequence < first + (ulong)count; sequence++)
        {
            batch.Items.Add(
                new Item
                {
                    Sequence = sequence,
                    Message = new Message
                    {
                        Direction = Direction.Inbound,
                        Kind = MessageKind.Request,
                        Method = "tools/call",
                        Id = "1",
                        Payload = Google.Protobuf.ByteString.CopyFromUtf8(payload),
                        Size = (ulong)payload.Length,
                        UnixTimeNs = 1_700_000_000_123_456_700 + (long)sequence,
                    },
                }
            );
        }
        return _delivery.RequestStream.WriteAsync(batch);
    }

    public Task AcknowledgesAsync(ulong sequence) => Condition.HoldsAsync(() => Acknowledged >= sequence, $"{sequence} is acknowledged");

    public void Kill() => _plugin.Process.Kill();

    /// <summary>Ends the delivery and the plugin as a host does.</summary>
    public async Task EndAsync(uint deadlineMilliseconds = 5000)
    {
        await _delivery.RequestStream.CompleteAsync();
        await _acknowledging;
        await _channel.CallAsync<ShutdownRequest, ShutdownResponse>(Service, "Shutdown", new() { DeadlineMs = deadlineMilliseconds });
    }

    public async ValueTask DisposeAsync()
    {
        _delivery.Dispose();
        await _acknowledging;
        await _plugin.DisposeAsync();
    }

    private async Task NoteAsync()
    {
        try
        {
            await foreach (var acknowledgement in _delivery.ResponseStream.ReadAllAsync())
            {
                Failed = acknowledgement.Failed;
                Volatile.Write(ref _acknowledged, acknowledgement.Sequence);
            }
        }
        catch (Exception exception) when (exception is RpcException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Killed, or disposed of between two reads.
        }
    }
}
