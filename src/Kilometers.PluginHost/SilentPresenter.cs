using Kilometers.Contracts;
using Kilometers.GoPlugin.Client;

namespace Kilometers.PluginHost;

/// <summary>Shows nothing, for those who start plugins without a session.</summary>
internal sealed class SilentPresenter : IPluginPresenter
{
    public void Loaded(IReadOnlyList<LoadedPlugin> plugins) { }

    public void Restarted(LoadedPlugin plugin, int restarts) { }

    public void Warn(KmError error) { }

    public void Log(string plugin, PluginLogEntry entry) { }

    public void Output(string plugin, ReadOnlySpan<byte> bytes) { }
}
