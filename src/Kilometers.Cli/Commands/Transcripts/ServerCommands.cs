using Kilometers.Contracts;
using Kilometers.Processes;

namespace Kilometers.Cli.Commands.Transcripts;

/// <summary>Commands that start a server of their own.</summary>
internal static class ServerCommands
{
    /// <summary>Does something with a server; why it cannot be started is explained as <c>km monitor</c> does.</summary>
    /// <exception cref="KmException">The server cannot be started.</exception>
    public static async Task<T> RunAsync<T>(IReadOnlyList<string> server, Func<Task<T>> action)
    {
        if (ServerCommand.WhyNot(server) is { } error)
            throw new KmException(error);
        try
        {
            return await action().ConfigureAwait(false);
        }
        catch (ChildStartException e)
        {
            throw new KmException(ServerStart.Explain(new MonitorOptions { Server = server, Name = server[0] }, e));
        }
    }
}
