namespace Kilometers.GoPlugin.Client;

/// <summary>hclog's levels, with the numbers of <c>Microsoft.Extensions.Logging.LogLevel</c>.</summary>
public enum PluginLogLevel
{
    /// <summary>The finest detail.</summary>
    Trace = 0,

    /// <summary>Also every line that states no level.</summary>
    Debug = 1,

    /// <summary>hclog's <c>info</c>.</summary>
    Information = 2,

    /// <summary>hclog's <c>warn</c>.</summary>
    Warning = 3,

    /// <summary>Also a Go panic or an unhandled .NET exception, and the lines after it.</summary>
    Error = 4,
}
