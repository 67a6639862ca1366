using Kilometers.PluginHost.Installation;

namespace Kilometers.Cli.Commands;

/// <summary>Where an installed plugin keeps its files: commands read what first-party plugins wrote.</summary>
internal static class PluginFolder
{
    /// <summary>The plugin's state directory; need not be there.</summary>
    public static string Of(PluginPaths paths, string plugin) =>
        PluginRegistry.Read(paths.Registry, out _).Plugins.GetValueOrDefault(plugin)?.Publisher is { } publisher
            ? new StateFolders(paths.State).Find(plugin, publisher)
            : Path.Combine(paths.State, plugin);
}
