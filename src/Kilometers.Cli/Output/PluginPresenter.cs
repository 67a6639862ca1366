using System.Collections.Concurrent;
using Kilometers.Contracts;
using Kilometers.PluginHost;

namespace Kilometers.Cli.Output;

/// <summary>Shows what plugins are, print and suffer, on km's standard error.</summary>
internal sealed class PluginPresenter : IPluginPresenter
{
    private const int LongestLine = 64 * 1024;
    private readonly StandardError _errors;
    private readonly bool _quiet;
    private readonly ConcurrentDictionary<string, List<byte>> _partial = new();

    public PluginPresenter(StandardError errors, bool quiet)
    {
        _errors = errors;
        _quiet = quiet;
    }

    public void Loaded(IReadOnlyList<LoadedPlugin> plugins)
    {
        if (_quiet || plugins.Count == 0) return;
        _errors.WriteLine($"[PluginHandler] Loaded {plugins.Count} plugin{(plugins.Count == 1 ? "" : "s")}:");
        foreach (var plugin in plugins) _errors.WriteLine($"  {_errors.Glyphs.Success} {plugin.Name} v{plugin.Version} ({plugin.Tier} tier)");
    }

    public void Restarted(LoadedPlugin plugin, int restarts)
    {
        if (!_quiet) _errors.WriteLine($"[PluginHandler] {_errors.Glyphs.Success} {plugin.Name} v{plugin.Version} runs again (restart {restarts})");
    }

    public void Warn(KmError error) => _errors.Warn(error);

    public void Log(string plugin, string line) => _errors.WriteLine($"[{plugin}] {line}");

    /// <summary>Bytes come as the plugin flushed them; only whole lines are shown, so that two plugins never share one.</summary>
    public void Output(string plugin, ReadOnlySpan<byte> bytes)
    {
        var partial = _partial.GetOrAdd(plugin, _ => []);
        lock (partial)
        {
            var end = bytes.LastIndexOf((byte)'\n');
            if (end < 0)
            {
                partial.AddRange(bytes);
                if (partial.Count < LongestLine) return;
                partial.Add((byte)'\n');
                bytes = [];
            }
            else
            {
                partial.AddRange(bytes[..(end + 1)]);
                bytes = bytes[(end + 1)..];
            }

            _errors.Write([.. partial]);
            partial.Clear();
            partial.AddRange(bytes);
        }
    }
}
