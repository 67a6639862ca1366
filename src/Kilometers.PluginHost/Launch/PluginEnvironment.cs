namespace Kilometers.PluginHost.Launch;

/// <summary>What a plugin's process gets of km's environment: an allow-list. Keys and tokens of the user never are in it.</summary>
internal static class PluginEnvironment
{
    // Where programs and the .NET runtime of an unpublished plugin are; how people write and tell the time. Nothing else.
    private static readonly string[] Allowed =
    [
        "PATH",
        "LANG",
        "LC_ALL",
        "LC_CTYPE",
        "LC_TIME",
        "TZ",
        "DOTNET_ROOT",
        "DOTNET_ROOT_X64",
        "DOTNET_ROOT_ARM64",
        "SYSTEMROOT",
        "COMSPEC",
        "PATHEXT",
    ];

    /// <summary>For a plugin that is confined: .NET is told its limits, and to leave what would not be allowed.</summary>
    /// <param name="limits">How much it may use.</param>
    /// <param name="home">A folder of its own: who looks for a home directory and finds none asks the system's list of users, which is out of reach.</param>
    public static IReadOnlyDictionary<string, string> Create(PluginLimits limits, string home) =>
        new Dictionary<string, string>(Create(), StringComparer.Ordinal)
        {
            ["HOME"] = home,
            ["DOTNET_GCHeapHardLimit"] = limits.ManagedHeapBytes.ToString("x", System.Globalization.CultureInfo.InvariantCulture),

            // Its sockets would be a way in for any program with the user's rights, and a file for each start.
            ["DOTNET_EnableDiagnostics"] = "0",

            // A just-in-time compiler maps its code twice, through a file of 2 GB that is never filled: more than a file may have here.
            ["DOTNET_EnableWriteXorExecute"] = "0",
        };

    public static IReadOnlyDictionary<string, string> Create()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in Allowed)
        {
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } value)
                environment[name] = value;
        }

        return environment;
    }
}
