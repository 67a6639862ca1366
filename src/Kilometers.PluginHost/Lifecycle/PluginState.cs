namespace Kilometers.PluginHost.Lifecycle;

/// <summary>Where a plugin is in its life.</summary>
internal enum PluginState
{
    /// <summary>Found, nothing started.</summary>
    Discovered = 0,

    /// <summary>Its process starts, shakes hands and says who it is.</summary>
    Loading,

    /// <summary>Whether it may run is being found out.</summary>
    Authenticating,

    /// <summary>It gets the session's traffic.</summary>
    Active,

    /// <summary>It failed or was refused; the reason is kept.</summary>
    Error,

    /// <summary>It gets its last messages and time to finish.</summary>
    ShuttingDown,

    /// <summary>Its process is gone.</summary>
    Stopped,
}

/// <summary>
/// The one table of all allowed transitions. A restart goes back to <see cref="PluginState.Discovered"/>: what starts again passes all gates
/// again.
/// </summary>
internal static class PluginTransitions
{
    private static readonly HashSet<(PluginState From, PluginState To)> Allowed =
    [
        (PluginState.Discovered, PluginState.Loading),
        (PluginState.Discovered, PluginState.Error),
        (PluginState.Discovered, PluginState.Stopped),
        (PluginState.Loading, PluginState.Authenticating),
        (PluginState.Loading, PluginState.Error),
        (PluginState.Loading, PluginState.ShuttingDown),
        (PluginState.Authenticating, PluginState.Active),
        (PluginState.Authenticating, PluginState.Error),
        (PluginState.Authenticating, PluginState.ShuttingDown),
        (PluginState.Active, PluginState.Error),
        (PluginState.Active, PluginState.ShuttingDown),
        (PluginState.Error, PluginState.Discovered),
        (PluginState.Error, PluginState.Stopped),
        (PluginState.ShuttingDown, PluginState.Error),
        (PluginState.ShuttingDown, PluginState.Stopped),
        (PluginState.Stopped, PluginState.Discovered),
    ];

    public static bool IsAllowed(PluginState from, PluginState to) => Allowed.Contains((from, to));
}
