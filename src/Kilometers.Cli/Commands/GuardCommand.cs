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
        if (!int.TryParse(parent, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            return 2;
        GuardianLoop.Run(id);
        return 0;
    }

    /// <summary>How to start this program in that mode: the published <c>km</c>, or <c>dotnet km.dll</c>.</summary>
    public static ChildCommand Self()
    {
        var self = OwnProgram.InMode(Name, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        return new ChildCommand { FileName = self[0], Arguments = self[1..] };
    }
}
