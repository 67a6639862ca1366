using Kilometers.Cli.Commands;
using Kilometers.Cli.Commands.Completion;
using Kilometers.Cli.Commands.Help;
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

        // What the shells ask at a key press.
        if (args is [CompleteCommand.Name, "--", .. var words])
            return CompleteCommand.Run(words, Console.Out);
        if (args is [ManualCommand.Name, var folder, var date])
            return ManualCommand.Run(folder, date);
        return await RootCommandLine.InvokeAsync(args).ConfigureAwait(false);
    }
}
