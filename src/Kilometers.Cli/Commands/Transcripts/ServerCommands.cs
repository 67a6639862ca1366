using System.Runtime.InteropServices;
using Kilometers.Contracts;
using Kilometers.Processes;

namespace Kilometers.Cli.Commands.Transcripts;

/// <summary>Commands that start a server of their own.</summary>
internal static class ServerCommands
{
    /// <summary>
    /// Does something with a server. A signal that ends km ends the server first; why a server cannot be started is explained as
    /// <c>km monitor</c> does.
    /// </summary>
    /// <param name="server">The server's command.</param>
    /// <param name="action">What is done; returns the exit status.</param>
    /// <returns>The exit status.</returns>
    /// <exception cref="KmException">The server cannot be started.</exception>
    public static async Task<int> RunAsync(IReadOnlyList<string> server, Func<CancellationToken, Task<int>> action)
    {
        if (ServerCommand.WhyNot(server) is { } error)
            throw new KmException(error);
        var status = 0;
        using var ending = new CancellationTokenSource();
        using var interrupt = On(PosixSignal.SIGINT, 2);
        using var terminate = On(PosixSignal.SIGTERM, 15);
        using var hangup = On(PosixSignal.SIGHUP, 1);
        try
        {
            return await action(ending.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            return status;
        }
        catch (ChildStartException e)
        {
            throw new KmException(ServerStart.Explain(server[0], e.Failure, e.Message));
        }

        PosixSignalRegistration On(PosixSignal signal, int number) => PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                status = 128 + number;
                ending.Cancel();
            });
    }
}
