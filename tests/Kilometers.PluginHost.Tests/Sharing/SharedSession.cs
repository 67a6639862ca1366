using System.Text;
using Kilometers.Audit;
using Kilometers.Contracts;
using Kilometers.GoPlugin.Client;
using Kilometers.PluginHost.Authorization;
using Kilometers.PluginHost.Dispatch;
using Kilometers.PluginHost.Launch;
using Kilometers.PluginHost.Lifecycle;
using Kilometers.PluginHost.Policies;
using Kilometers.PluginHost.Sharing;

namespace Kilometers.PluginHost.Tests.Sharing;

/// <summary>The plugin in one session.</summary>
internal sealed class SharedSession : IPluginPresenter, IAsyncDisposable
{
    private readonly PluginAudit _audit;
    private readonly ProcessPool _pool;
    private readonly string _label;
    private readonly StringBuilder _printed = new();
    private readonly List<KmError> _warnings = [];
    private ulong _sequence;

    public SharedSession(string path, string label, AuditLog audit, ProcessPool pool)
    {
        (_pool, _label) = (pool, label);
        var options = new PluginHostingOptions
        {
            HostVersion = "1.0.0",
            ServerLabel = label,
            QueueSize = 1 << 20,
            Policy = PluginPolicy.None,
            Restart = new RestartOptions { First = TimeSpan.FromMilliseconds(1), Second = TimeSpan.FromMilliseconds(1) },
        };
        _audit = new PluginAudit(audit, label, Warn);
        Plugin = new PluginInstance(new Source(path), this, _audit, options, TimeProvider.System);
    }

    public PluginInstance Plugin { get; }

    public PluginSnapshot Now => Plugin.Snapshot;

    public string Printed
    {
        get
        {
            lock (_printed)
                return _printed.ToString();
        }
    }

    public IReadOnlyList<string> Warnings
    {
        get
        {
            lock (_warnings)
                return [.. _warnings.Select(warning => warning.Code)];
        }
    }

    private PluginStart Start =>
        new(
            _pool,
            new SessionFacts
            {
                SessionId = "session-" + _label,
                ServerLabel = _label,
                HostVersion = "1.0.0",
                Started = DateTimeOffset.UnixEpoch,
                Color = _label == "colored",
            },
            EntitlementView.SignedOut
        );

    public Task LoadAsync() => Plugin.LoadAsync(Start);

    public Task<KmError?> RestartAsync() => Plugin.RestartAsync(Start, () => null, TestContext.Current.CancellationToken);

    public void Show(int count, string method = "tools/call")
    {
        for (var number = 0; number < count; number++)
            Plugin.Queue.Add(Items.Message(++_sequence, method: method));
    }

    public async Task UntilAsync(Func<PluginSnapshot, bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (!condition(Now))
        {
            if (limit.IsCancellationRequested)
                Assert.Fail($"not in 60 s: {Now} {string.Join(' ', Warnings)}");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Waits until everything that was shown is acknowledged, or accounted for.</summary>
    public Task DeliveredAsync(long count) => UntilAsync(now => now.Queue.Delivered >= count);

    public Task EndAsync() => Plugin.FinishAsync(CancellationToken.None, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await Plugin.DisposeAsync();
        await _audit.CompleteAsync();
    }

    public void Loaded(IReadOnlyList<LoadedPlugin> plugins) { }

    public void Restarted(LoadedPlugin plugin, int restarts) { }

    public void Warn(KmError error)
    {
        lock (_warnings)
            _warnings.Add(error);
    }

    public void Log(string plugin, PluginLogEntry entry) { }

    public void Output(string plugin, ReadOnlySpan<byte> bytes)
    {
        lock (_printed)
            _printed.Append(Encoding.UTF8.GetString(bytes));
    }

    /// <summary>A program that is what it was to all sessions.</summary>
    private sealed class Source(string path) : PluginSource
    {
        public override string Label => "tested";

        public override (string Name, string Program)? Shareable => ("tested", path);

        public override PreparedPlugin Prepare(string runDirectory, CancellationToken cancellationToken) => new(path, null);
    }
}
