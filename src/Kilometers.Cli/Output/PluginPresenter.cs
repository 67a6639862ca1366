using System.Collections.Concurrent;
using Kilometers.Contracts;
using Kilometers.GoPlugin.Client;
using Kilometers.PluginHost;
using Kilometers.PluginHost.Logs;

namespace Kilometers.Cli.Output;

/// <summary>Shows what plugins are, print and suffer, on km's standard error.</summary>
internal sealed class PluginPresenter : IPluginPresenter
{
    /// <summary>Characters of a name; that of a development plugin is its file's.</summary>
    private const int MaxName = 63;
    private readonly StandardError _errors;
    private readonly bool _quiet;
    private bool _hasLoaded;
    private readonly ConcurrentDictionary<string, PrintedLines> _printed = new();

    public PluginPresenter(StandardError errors, bool quiet)
    {
        _errors = errors;
        _quiet = quiet;
    }

    public void Loaded(IReadOnlyList<LoadedPlugin> plugins)
    {
        if (_quiet || plugins.Count == 0)
            return;
        var indent = _hasLoaded ? "[PluginHandler]" : " ";
        if (!_hasLoaded)
            _errors.WriteLine($"[PluginHandler] Loaded {Units.Many(plugins.Count, "plugin")}:");
        _hasLoaded = true;
        foreach (var plugin in plugins)
            _errors.WriteLine($"{indent} {_errors.Glyphs.Success} {plugin.Name} v{plugin.Version} ({plugin.Tier} tier)");
    }

    public void NoPlugins()
    {
        if (!_quiet)
            _errors.WriteLine("[PluginHandler] No plugins are installed; run `km init`, or use --no-plugins to relay only");
    }

    public void Restarted(LoadedPlugin plugin, int restarts)
    {
        if (!_quiet)
            _errors.WriteLine($"[PluginHandler] {_errors.Glyphs.Success} {plugin.Name} v{plugin.Version} runs again (restart {restarts})");
    }

    public void Warn(KmError error) => _errors.Warn(error);

    public void Log(string plugin, PluginLogEntry entry)
    {
        // Below that a plugin speaks to its author, who reads it with: km plugins logs
        if (entry.Level < PluginLogLevel.Warning)
            return;
        var line = $"{entry.Level.ToString().ToUpperInvariant()} {entry.Message}";
        foreach (var part in line.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            Show(plugin, part);
    }

    /// <summary>Bytes come as the plugin flushed them; only whole lines are shown, so that two plugins never share one.</summary>
    public void Output(string plugin, ReadOnlySpan<byte> bytes)
    {
        var lines = _printed.GetOrAdd(plugin, _ => new PrintedLines(TerminalText.MaxLine));
        lock (lines)
            lines.Add(bytes, line => Show(plugin, line));
    }

    private void Show(string plugin, string line) => _errors.WriteLine(Prefix(plugin), line.TrimEnd('\r'));

    /// <summary>The plugin's name before each of its lines; one that is called like km's own lines is marked as a plugin.</summary>
    private static string Prefix(string plugin) =>
        plugin is "km" or "PluginHandler" ? $"[plugin {plugin}] " : $"[{TerminalText.Line(plugin, MaxName)}] ";
}
