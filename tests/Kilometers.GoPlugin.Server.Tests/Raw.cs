namespace Kilometers.GoPlugin.Server.Tests;

/// <summary>The raw plugin as built beside these tests.</summary>
internal static class Raw
{
    public static string Executable { get; } =
        AppContext.BaseDirectory.Replace("Kilometers.GoPlugin.Server.Tests", "RawPlugin", StringComparison.Ordinal) + "raw-plugin";

    public static Task<PluginProcess> StartAsync(bool tls = false, params (string Name, string Value)[] environment)
    {
        var all = new Dictionary<string, string> { ["RAW_PLUGIN"] = "raw", ["PLUGIN_PROTOCOL_VERSIONS"] = "5" };
        foreach (var (name, value) in environment)
            all[name] = value;
        return PluginProcess.StartAsync(Executable, all, tls);
    }
}
