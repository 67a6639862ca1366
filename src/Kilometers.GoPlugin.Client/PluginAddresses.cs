namespace Kilometers.GoPlugin.Client;

/// <summary>Where a plugin may say that it listens: in its handshake, and through its broker. The host connects nowhere else.</summary>
public enum PluginAddresses
{
    /// <summary>
    /// A Unix socket directly in <see cref="GoPluginClientOptions.RunDirectory"/>, on which the plugin's own process or one that descends
    /// from it listens (Linux: as the system says; elsewhere the folder must do). No link is followed. For plugins that are not trusted: a
    /// plugin that is confined must not reach another program through its host.
    /// </summary>
    OwnSocket = 0,

    /// <summary>
    /// Any Unix socket and any port of the loopback interface. The plugin leads the host to any of them, with the host's rights. For systems
    /// whose plugins have nothing but TCP (go-plugin on Windows), and for plugins that are trusted as much as the host.
    /// </summary>
    AnyOfThisMachine = 1,
}
