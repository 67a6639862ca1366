using System.Collections.Concurrent;
using System.Text;
using Kilometers.Contracts;
using Kilometers.Plugin.Sdk;
using Kilometers.Plugin.Sdk.Authorization;
using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Plugins.ApiLogger.Spooling;
using Microsoft.Extensions.Logging;

namespace Kilometers.Plugins.ApiLogger.Tests.Sending;

/// <summary>The plugin as the SDK drives it, in this process, so that its clock can be another.</summary>
internal sealed class PluginInProcess : IAsyncDisposable
{
    private readonly Licensed _plugin;
    private readonly PluginServer _server;
    private readonly Lines _lines = new();
    private string _folder = "";
    private int _sequence;

    private PluginInProcess(TimeProvider time)
    {
        var spool = new SharedSpool(time);
        _plugin = new Licensed(spool);
        _server = new PluginServer(_plugin, _lines, create: null, spool);
    }

    public IReadOnlyList<string> Log => [.. _lines.All];

    public ulong Failures => _server.Single.Failures;

    public string LastError => _server.Single.LastError;

    public static async Task<PluginInProcess> StartAsync(
        string spool,
        string endpoint,
        TimeProvider? time = null,
        string sessionId = "session-1",
        string token = "token-1",
        params (string Name, string Value)[] settings
    )
    {
        var plugin = new PluginInProcess(time ?? TimeProvider.System);
        var before = Directory.Exists(spool) ? Directory.GetDirectories(spool) : [];
        await plugin.EntitleAsync(token);
        var all = new Dictionary<string, string> { ["spool_directory"] = spool, ["batch_time"] = "50" };
        foreach (var (name, value) in settings)
            all[name] = value;
        var error = await plugin._server.InitializeAsync(
            "1.2.3",
            new SessionInfo
            {
                Id = sessionId,
                ServerLabel = "files",
                HostVersion = "1.2.3",
            },
            new PluginConfiguration { ApiEndpoint = endpoint, Settings = all },
            TestContext.Current.CancellationToken
        );
        Assert.Null(error);
        plugin._folder = Directory.GetDirectories(spool).Except(before).Single();
        return plugin;
    }

    /// <summary>A new entitlement, as on a refresh; without a token one that does not cover the plugin's feature.</summary>
    public async Task EntitleAsync(string token)
    {
        _plugin.Next = token.Length == 0 ? Entitlement.Free : new Entitlement(Tier.Pro, ["api_logging"], token: token);
        await _server.AuthenticateAsync(new AuthenticationRequest(), TestContext.Current.CancellationToken);
    }

    public async Task RecordAsync(int count, string payload = """{"jsonrpc":"2.0","id":1,"method":"tools/call"}""")
    {
        for (var number = 0; number < count; number++)
            await _server.Single.HandleAsync(Message((ulong)++_sequence, payload), TestContext.Current.CancellationToken);
    }

    /// <summary>Ends the plugin within a time. As after a process's end, nobody holds its folder afterwards.</summary>
    public async Task<string?> StopAsync(double seconds = 10)
    {
        var error = await ShutDownAsync(seconds);
        await Condition.HoldsAsync(IsLetGo, "the session's folder is let go");
        return error;
    }

    public async ValueTask DisposeAsync() => await ShutDownAsync(0.1);

    public static ObservedMessage Message(ulong sequence, string payload) =>
        new()
        {
            Direction = MessageDirection.Inbound,
            Kind = MessageKind.Request,
            Method = "tools/call",
            Name = "echo",
            Id = "1",
            CorrelationId = $"c{sequence}",
            Payload = Encoding.UTF8.GetBytes(payload),
            Size = payload.Length,
            Sequence = sequence,
            Time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).AddMicroseconds(sequence),
        };

    private async Task<string?> ShutDownAsync(double seconds)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        return await _server.ShutdownAsync(deadline.Token);
    }

    private bool IsLetGo()
    {
        if (!Directory.Exists(_folder))
            return true;
        using var held = SpoolFiles.TryLock(_folder);
        return held is not null;
    }

    private sealed class Licensed(SharedSpool spool) : ApiLoggerPlugin(spool)
    {
        public Entitlement Next { get; set; } = Entitlement.None;

        public override ValueTask<AuthenticationResult> AuthenticateAsync(
            AuthenticationRequest request,
            CancellationToken cancellationToken
        ) => new(AuthenticationResult.Granted(Next));
    }

    private sealed class Lines : ILogger
    {
        public ConcurrentQueue<string> All { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => All.Enqueue($"{logLevel}: {formatter(state, exception)}");
    }
}
