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
        using var interrupt = new UserInterrupt(CancellationToken.None);
        try
        {
            return await action(interrupt.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (interrupt.Token.IsCancellationRequested)
        {
            return interrupt.Status;
        }
        catch (ChildStartException e)
        {
            throw new KmException(ServerStart.Explain(server[0], e.Failure, e.Message));
        }
    }
}
