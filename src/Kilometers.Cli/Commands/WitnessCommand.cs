using Kilometers.Processes;
using Kilometers.Processes.Guarding;

namespace Kilometers.Cli.Commands;

/// <summary>The hidden mode in which <c>km</c> is the witness of its process group (<see cref="GroupWitness"/>).</summary>
internal static class WitnessCommand
{
    public const string Name = "__witness";

    public static int Run()
    {
        GroupWitness.Serve();
        return 0;
    }

    /// <summary>How to start this program in that mode.</summary>
    public static ChildCommand Self()
    {
        var self = OwnProgram.InMode(Name);
        return new ChildCommand { FileName = self[0], Arguments = self[1..] };
    }
}
