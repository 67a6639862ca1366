namespace Kilometers.PluginHost.Discovery;

/// <summary>Where a plugin was found, in order of precedence.</summary>
internal enum PluginOrigin
{
    /// <summary>Named on the command line by its developer; unsigned.</summary>
    Development = 0,

    /// <summary>Installed by the user.</summary>
    User,

    /// <summary>Installed by the administrator.</summary>
    System,

    /// <summary>Found in the project's own folder: only runs where the user trusts the project.</summary>
    Project,
}
