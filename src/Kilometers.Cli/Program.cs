using Kilometers.Cli.Commands;
using Kilometers.Processes;
using Kilometers.Processes.Isolation;
using Kilometers.Processes.Unix;

namespace Kilometers.Cli;

internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        // Before anything opens a file or writes one.
        StandardStreams.Fill();
        SignalDispositions.Prepare();

        // The guardian is this program too; it must start fast and use nothing.
        if (args is [GuardCommand.Name, var parent])
            return GuardCommand.Run(parent);

        // So is the witness of a session in a terminal.
        if (args is [WitnessCommand.Name])
            return WitnessCommand.Run();

        // So is what confines a plugin and then becomes it.
        if (args is [SandboxCommand.Name, ..])
            return SandboxCommand.Run(args);
        return await RootCommandLine.InvokeAsync(args).ConfigureAwait(false);
    }
}
