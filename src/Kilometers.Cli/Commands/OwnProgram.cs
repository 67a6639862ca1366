using Kilometers.Processes;

namespace Kilometers.Cli.Commands;

/// <summary>This very program as a command line: it is also its own guardian and its own launcher of plugins.</summary>
internal static class OwnProgram
{
    /// <summary>How to start this program in a hidden mode: the published <c>km</c>, or <c>dotnet km.dll</c>.</summary>
    /// <param name="arguments">The mode and its arguments.</param>
    /// <returns>The program and all its arguments.</returns>
    public static string[] InMode(params string[] arguments)
    {
        var path = Environment.ProcessPath
            ?? ProcessReplacement.OwnPath()
            ?? throw new InvalidOperationException("this process has no path");
        var isHost = Path.GetFileNameWithoutExtension(path).Equals("dotnet", StringComparison.OrdinalIgnoreCase);
        return isHost ? [path, Path.Combine(AppContext.BaseDirectory, "km.dll"), .. arguments] : [path, .. arguments];
    }
}
