namespace Kilometers.Plugin.Sdk;

/// <summary>What the user and the host configured for the plugin.</summary>
public sealed record PluginConfiguration
{
    /// <summary>The base address of the Kilometers API; empty if there is none.</summary>
    public string ApiEndpoint { get; init; } = "";

    /// <summary>Whether the user asked for more detail in logs.</summary>
    public bool Debug { get; init; }

    /// <summary>The plugin's own settings, by lower-case name.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>The only folder the plugin may write; empty: none.</summary>
    public string StateDirectory { get; init; } = "";

    /// <summary>Whether what the plugin prints is shown on a terminal that takes colours.</summary>
    public bool Color { get; init; }

    /// <summary>The plugin's own key under contract version 1; empty otherwise. A secret.</summary>
    public string ApiKey { get; init; } = "";

    /// <summary>Whether a setting is on: <c>1</c>, <c>true</c>, <c>yes</c> or <c>on</c>, without regard to case.</summary>
    /// <param name="setting">The setting's lower-case name.</param>
    public bool IsOn(string setting) =>
        Settings.TryGetValue(setting, out var value) && value.Trim().ToUpperInvariant() is "1" or "TRUE" or "YES" or "ON";
}
