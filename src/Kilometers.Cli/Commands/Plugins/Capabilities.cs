using Kilometers.PluginHost.Consent;

namespace Kilometers.Cli.Commands.Plugins;

/// <summary>Lists everything a plugin may do, before it is installed and after.</summary>
internal static class Capabilities
{
    /// <param name="permissions">What it asks for.</param>
    /// <param name="api">The address of the Kilometers API that the user has set; null: not known.</param>
    public static IReadOnlyList<string> Describe(PluginPermissions permissions, string? api = null) =>
        ["see every message of the sessions that it watches", .. permissions.Describe(api)];
}
