using Kilometers.Audit;
using Kilometers.Contracts;
using Kilometers.GoPlugin.Client;
using Kilometers.PluginHost;
using Kilometers.PluginHost.Dispatch;
using Kilometers.PluginHost.Launch;
using Kilometers.PluginHost.Lifecycle;
using Kilometers.PluginHost.Policies;

namespace Kilometers.HostBench;

/// <summary>Shows only what went wrong.</summary>
internal sealed class Quiet : IPluginPresenter
{
    public void Loaded(IReadOnlyList<LoadedPlugin> plugins) { }

    public void Restarted(LoadedPlugin plugin, int restarts) { }

    public void Warn(KmError error)
    {
        if (error.Code != ErrorCode.DevelopmentPlugin)
            throw new InvalidOperationException($"{error.Code}: {error.Summary}\n{error.Detail}");
    }

    public void Log(string plugin, PluginLogEntry entry) { }

    public void Output(string plugin, ReadOnlySpan<byte> bytes) { }

    public static PluginHostingOptions Options { get; } =
        new()
        {
            HostVersion = "1.0.0",
            ServerLabel = "bench",
            QueueSize = 64 << 20,
            Policy = PluginPolicy.None,
        };

    public static PluginInstance Plugin(string path) =>
        new(
            new DevelopmentSource(Path.GetFullPath(path)),
            new Quiet(),
            new PluginAudit(new AuditLog(Path.Combine(Path.GetTempPath(), "km-host-bench-audit"), TimeProvider.System), "bench", _ => { }),
            Options,
            TimeProvider.System
        );

    public static SessionFacts Facts { get; } =
        new()
        {
            SessionId = "00000000000000000000000000000000",
            ServerLabel = "bench",
            HostVersion = "1.0.0",
            Started = TimeProvider.System.GetUtcNow(),
            Color = false,
        };
}
