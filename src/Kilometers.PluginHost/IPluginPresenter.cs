using Kilometers.Contracts;
using Kilometers.GoPlugin.Client;
using Kilometers.Packaging.Verification;

namespace Kilometers.PluginHost;

/// <summary>A plugin that became Active.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Tier">The tier that it requires.</param>
/// <param name="Verification">What its package showed; null for a plugin under development.</param>
internal sealed record LoadedPlugin(string Name, string Version, Tier Tier, PackageVerification? Verification = null);

/// <summary>Shows people what happens to plugins. Called on any thread; must not block.</summary>
internal interface IPluginPresenter
{
    /// <summary>These plugins are Active now.</summary>
    void Loaded(IReadOnlyList<LoadedPlugin> plugins);

    /// <summary>There are none, and none were switched off on purpose.</summary>
    void NoPlugins() { }

    /// <summary>A plugin that had failed, or was told to, runs again.</summary>
    /// <param name="plugin">The plugin.</param>
    /// <param name="restarts">How often it was started again in this session.</param>
    void Restarted(LoadedPlugin plugin, int restarts);

    /// <summary>Something went wrong with a plugin; the session continues.</summary>
    void Warn(KmError error);

    /// <summary>A line of a plugin's log, of any level.</summary>
    void Log(string plugin, PluginLogEntry entry);

    /// <summary>Bytes that a plugin printed.</summary>
    void Output(string plugin, ReadOnlySpan<byte> bytes);
}
