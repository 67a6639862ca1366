namespace Kilometers.PluginHost.Launch;

/// <summary>What a plugin's process gets of km's environment: an allow-list. Keys and tokens of the user never are in it.</summary>
internal static class PluginEnvironment
{
    // Where programs and the .NET runtime of an unpublished plugin are; how people write and tell the time. Nothing else.
    private static readonly string[] Allowed =
    [
        "PATH", "LANG", "LC_ALL", "LC_CTYPE", "LC_TIME", "TZ", "DOTNET_ROOT", "DOTNET_ROOT_X64", "DOTNET_ROOT_ARM64",
        "SYSTEMROOT", "COMSPEC", "PATHEXT",
    ];

    public static IReadOnlyDictionary<string, string> Create()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in Allowed)
        {
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } value) environment[name] = value;
        }

        return environment;
    }
}
