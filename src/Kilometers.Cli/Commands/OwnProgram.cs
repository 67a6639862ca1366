using Kilometers.Processes;

namespace Kilometers.Cli.Commands;

/// <summary>The small program beside this one: it relays sessions, guards this process, and confines plugins.</summary>
internal static class OwnProgram
{
    /// <summary>How to start it in a hidden mode.</summary>
    /// <param name="arguments">The mode and its arguments.</param>
    /// <returns>The program and all its arguments.</returns>
    public static string[] InMode(params string[] arguments) => [RelayPath, .. arguments];

    /// <summary>The program <c>km</c>.</summary>
    public static string RelayPath
    {
        get
        {
            var own = Environment.ProcessPath
                ?? ProcessReplacement.OwnPath()
                ?? throw new InvalidOperationException("this process has no path");
            return Path.Combine(Path.GetDirectoryName(own)!, OperatingSystem.IsWindows() ? "km.exe" : "km");
        }
    }
}
