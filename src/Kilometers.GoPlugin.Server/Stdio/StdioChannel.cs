namespace Kilometers.GoPlugin.Server.Stdio;

/// <summary>Which of the plugin's streams a piece of output belongs to.</summary>
internal enum StdioChannel
{
    Output,
    Error,
}
