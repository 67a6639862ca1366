namespace Kilometers.GoPlugin.Client;

/// <summary>Where plain output of a plugin came from; the numbers are those of go-plugin's <c>StdioData.Channel</c>.</summary>
public enum PluginOutputChannel
{
    /// <summary>The plugin named no known channel.</summary>
    Unknown = 0,

    /// <summary>The plugin's standard output after the handshake.</summary>
    StandardOutput = 1,

    /// <summary>The plugin's standard error, as far as go-plugin carries it over gRPC instead of the pipe.</summary>
    StandardError = 2,
}
