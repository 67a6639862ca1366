using Kilometers.Contracts;
using Kilometers.Processes;
using Kilometers.Processes.Unix;

namespace Kilometers.Cli.Commands;

/// <summary>How the server is started, and why it was not.</summary>
internal static class ServerStart
{
    /// <param name="options">What is monitored.</param>
    /// <param name="sharesGroup">Whether it stays in km's process group, and so in the terminal's foreground if km is.</param>
    public static ChildCommand Of(MonitorOptions options, bool sharesGroup = false) =>
        new()
        {
            FileName = options.Server[0],
            Arguments = [.. options.Server.Skip(1)],
            ArgumentBytes = RawArguments.Last(options.Server.Count - 1),
            ClosedStreams = Closed(0, ChildStreams.Input) | Closed(1, ChildStreams.Output) | Closed(2, ChildStreams.Error),
            SharesGroup = sharesGroup,
        };

    public static KmError Explain(MonitorOptions options, ChildStartException e)
    {
        var command = options.Server[0];
        return e.Failure switch
        {
            ChildStartFailure.NotFound => new KmError(
                ErrorCode.ServerNotFound,
                $"Cannot start the server: '{command}' was not found",
                e.Message,
                command.Contains('/', StringComparison.Ordinal)
                    ? "Check the path."
                    : "Check the spelling and PATH; MCP clients start servers with a short PATH, so an absolute path is safer."
            ),
            ChildStartFailure.NotExecutable => new KmError(
                ErrorCode.ServerNotExecutable,
                $"Cannot start the server: '{command}' cannot be executed",
                e.Message,
                $"Is it a program, and executable? Try: chmod +x {command}"
            ),
            _ => new KmError(
                ErrorCode.ServerNotStarted,
                $"Cannot start the server '{command}'",
                e.Message,
                "Is the system out of processes or memory?"
            ),
        };
    }

    private static ChildStreams Closed(int number, ChildStreams stream) => StandardStreams.WasClosed(number) ? stream : ChildStreams.None;
}
