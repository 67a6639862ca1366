using System.Globalization;
using Kilometers.Processes;

namespace Kilometers.Cli.Commands;

/// <summary>The guardian of this process (docs/architecture.md, "Nothing stays behind").</summary>
internal static class GuardianCommand
{
    private const string Name = "__guard";

    /// <summary>How to start it.</summary>
    public static ChildCommand Self()
    {
        var self = OwnProgram.InMode(Name, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        return new ChildCommand { FileName = self[0], Arguments = self[1..] };
    }
}
