using Kilometers.Ui.Pages;
using Kilometers.Ui.Recorded;
using Kilometers.Ui.Tokens;

namespace Kilometers.Ui;

/// <summary>
/// <c>km-ui FOLDER [--port N] [--linger SECONDS] [--analytics FOLDER] [--guard FOLDER]</c>: serves the recordings of a folder to one browser on this machine. Prints one line of
/// JSON with the first address, reads what km knows of running sessions from standard input, and ends with it.
/// <c>km-ui --count-tokens</c> and <c>--count-calls</c> are what <c>km stats</c> uses: no other command carries the tokenizer.
/// </summary>
internal static class Program
{
    private const int UsageStatus = 2;

    public static async Task<int> Main(string[] args)
    {
        if (args is [TokenFilter.Option])
        {
            await TokenFilter.RunAsync(Console.In, Console.Out).ConfigureAwait(false);
            return 0;
        }

        if (args is [CallTokenFilter.Option, var recorded])
            return CallTokenFilter.Run(recorded, Console.In, Console.Out, Console.Error);

        if (UiOptions.Read(args) is not { } options)
        {
            await Console.Error.WriteLineAsync("km-ui is started by km. Run: km ui").ConfigureAwait(false);
            return UsageStatus;
        }

        using var files = new ReaderPool(options.Folder, TimeProvider.System);
        var running = new RunningSessions();
        var server = new UiServer(options, files, running, TimeProvider.System);
        await using (server.ConfigureAwait(false))
        {
            if (await server.StartAsync().ConfigureAwait(false) is { } failure)
            {
                await Console.Out.WriteLineAsync(StartLine.Failed(failure)).ConfigureAwait(false);
                return 1;
            }

            await Console.Out.WriteLineAsync(StartLine.Ready(server.Address, server.EntryAddress)).ConfigureAwait(false);
            await Console.Out.FlushAsync().ConfigureAwait(false);
            using var input = Console.OpenStandardInput();
            await server.RunAsync(input).ConfigureAwait(false);
            return 0;
        }
    }
}
