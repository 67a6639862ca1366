using Kilometers.Link.Hosting;
using Kilometers.Processes;
using Kilometers.Processes.Guarding;
using Kilometers.Processes.Isolation;
using Kilometers.Processes.Unix;

namespace Kilometers.Relay;

internal static class Program
{
    /// <summary>The hidden mode in which this program is the witness of its process group (<see cref="GroupWitness"/>).</summary>
    public const string WitnessMode = "__witness";

    /// <summary>The hidden mode in which this program is the guardian of a host.</summary>
    private const string GuardMode = "__guard";

    public static int Main(string[] args)
    {
        // Before anything opens a file or writes one.
        StandardStreams.Fill();
        SignalDispositions.Prepare();
        if (args is [WitnessMode])
        {
            GroupWitness.Serve();
            return 0;
        }

        // The guardian of a host must start fast and use little.
        if (args is [GuardMode, var parent] && int.TryParse(parent, out var host))
        {
            GuardianLoop.Run(host);
            return 0;
        }

        // What confines a plugin and then becomes it.
        if (args is [SandboxCommand.Name, ..])
            return SandboxCommand.Run(args);

        // A command other than a session, and one that cannot be understood, is the host program's.
        return SessionArguments.TryParse(args) is { } session ? new Session(session).Run() : HostProgram.Become(args);
    }
}
