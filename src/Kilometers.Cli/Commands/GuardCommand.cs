using System.Globalization;
using Kilometers.Processes;
using Kilometers.Processes.Guarding;

namespace Kilometers.Cli.Commands;

/// <summary>The hidden mode in which <c>km</c> is the guardian of another <c>km</c> (docs/architecture.md, "Nothing stays behind").</summary>
internal static class GuardCommand
{
    public const string Name = "__guard";

    public static int Run(string parent)
    {
        if (!int.TryParse(parent, NumberStyles.None, CultureInfo.InvariantCulture, out var id)) return 2;
        GuardianLoop.Run(id);
        return 0;
    }

    /// <summary>How to start this program in that mode: the published <c>km</c>, or <c>dotnet km.dll</c>.</summary>
    public static ChildCommand Self()
    {
        var path = Environment.ProcessPath ?? throw new InvalidOperationException("this process has no path");
        string[] guard = [Name, Environment.ProcessId.ToString(CultureInfo.InvariantCulture)];
        var isHost = Path.GetFileNameWithoutExtension(path).Equals("dotnet", StringComparison.OrdinalIgnoreCase);
        return new ChildCommand { FileName = path, Arguments = isHost ? [Path.Combine(AppContext.BaseDirectory, "km.dll"), .. guard] : guard };
    }
}
