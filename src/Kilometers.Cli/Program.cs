using Kilometers.Cli.Commands;
using Kilometers.Cli.Commands.Completion;
using Kilometers.Cli.Commands.Help;
using Kilometers.Cli.Serving;
using Kilometers.Processes;
using Kilometers.Processes.Unix;

namespace Kilometers.Cli;

internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        // Before anything opens a file or writes one.
        StandardStreams.Fill();
        SignalDispositions.Prepare();

        // The host of all sessions, which relays start.
        if (args is [ServeCommand.Name, var socket])
            return ServeCommand.Run(socket);

        // A relay could not start its server.
        if (args is [ServerStart.ExplainCommand, var failure, var detail, "--", .. var server])
            return ServerStart.Explain(server, failure, detail);

        // What the shells ask at a key press.
        if (args is [CompleteCommand.Name, "--", .. var words])
            return CompleteCommand.Run(words, Console.Out);
        if (args is [ManualCommand.Name, var folder, var date])
            return ManualCommand.Run(folder, date);
        return await RootCommandLine.InvokeAsync(args).ConfigureAwait(false);
    }
}
