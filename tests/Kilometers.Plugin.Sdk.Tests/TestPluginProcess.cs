using System.Text.Json;
using Grpc.Core;
using Grpc.Net.Client;
using Kilometers.GoPlugin.Server.Tests;
using Kilometers.Wire.V2;

namespace Kilometers.Plugin.Sdk.Tests;

/// <summary>The test plugin as built beside these tests, its record, and the calls of contract version 2.</summary>
internal sealed class TestPluginProcess : IAsyncDisposable
{
    private const string Service = "kilometersplugin.v2.KilometersPlugin";

    private readonly PluginProcess _plugin;
    private readonly string _record;

    private TestPluginProcess(PluginProcess plugin, string record)
    {
        _plugin = plugin;
        _record = record;
        Channel = plugin.Open();
    }

    public static string Executable { get; } =
        AppContext.BaseDirectory.Replace("Kilometers.Plugin.Sdk.Tests", "TestPlugin", StringComparison.Ordinal) + "km-plugin-test-plugin";

    public PluginProcess Plugin => _plugin;

    public GrpcChannel Channel { get; }

    public static async Task<TestPluginProcess> StartAsync(int version = 2, params (string Name, string Value)[] behaviour)
    {
        var record = Path.GetTempFileName();
        var environment = new Dictionary<string, string>
        {
            ["KILOMETERS_PLUGIN"] = "kilometers_monitoring_plugin",
            ["PLUGIN_PROTOCOL_VERSIONS"] = version.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["TESTPLUGIN_RECORD"] = record,
        };
        foreach (var (name, value) in behaviour)
            environment["TESTPLUGIN_" + name] = value;
        return new(await PluginProcess.StartAsync(Executable, environment), record);
    }

    /// <summary>Starts, authenticates and initializes under version 2.</summary>
    public static async Task<TestPluginProcess> ReadyAsync(params (string Name, string Value)[] behaviour)
    {
        var plugin = await StartAsync(2, behaviour);
        var authorization = await plugin.CallAsync<AuthenticateRequest, AuthenticateResponse>("Authenticate", new());
        Xunit.Assert.Equal(Wire.V2.Authorization.Granted, authorization.Authorization);
        var initialized = await plugin.InitializeAsync();
        Xunit.Assert.True(initialized.Success, initialized.Error);
        return plugin;
    }

    public Task<TResponse> CallAsync<TRequest, TResponse>(string name, TRequest request)
        where TRequest : class, Google.Protobuf.IMessage<TRequest>, new()
        where TResponse : class, Google.Protobuf.IMessage<TResponse>, new() =>
        Channel.CallAsync<TRequest, TResponse>(Service, name, request);

    public Task<InitializeResponse> InitializeAsync() =>
        CallAsync<InitializeRequest, InitializeResponse>(
            "Initialize",
            new()
            {
                Session = new Session { Id = "s1", ServerLabel = "server" },
                Config = new PluginConfig { Color = true, Settings = { ["a"] = "1" } },
            }
        );

    public AsyncDuplexStreamingCall<Batch, Acknowledgement> Deliver() =>
        Channel
            .CreateCallInvoker()
            .AsyncDuplexStreamingCall(
                Rpc.Method<Batch, Acknowledgement>(Service, "Deliver", MethodType.DuplexStreaming),
                null,
                new CallOptions(deadline: DateTime.UtcNow.AddSeconds(60))
            );

    /// <summary>The recorded calls of a kind.</summary>
    public JsonElement[] Recorded(string call)
    {
        using var stream = new FileStream(_record, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream);
        return
        [
            .. reader
                .ReadToEnd()
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(static line => JsonDocument.Parse(line).RootElement)
                .Where(element => element.GetProperty("call").GetString() == call),
        ];
    }

    public static Item Message(ulong sequence, string method = "tools/call", string payload = "{}") =>
        new()
        {
            Sequence = sequence,
            Message = new Message
            {
                Direction = Direction.Inbound,
                Kind = MessageKind.Request,
                Method = method,
                Id = "\"1\"",
                Name = "echo",
                CorrelationId = "c1",
                Payload = Google.Protobuf.ByteString.CopyFromUtf8(payload),
                Size = (ulong)payload.Length,
                UnixTimeNs = 1_700_000_000_123_456_700,
                LatencyNs = 1500,
            },
        };

    public async ValueTask DisposeAsync()
    {
        await _plugin.DisposeAsync();
        File.Delete(_record);
    }
}
