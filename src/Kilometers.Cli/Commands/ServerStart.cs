using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Processes;

namespace Kilometers.Cli.Commands;

/// <summary>Explains why a server was not started: the relay leaves that to us.</summary>
internal static class ServerStart
{
    public const string ExplainCommand = "__explain";

    /// <param name="server">Its command.</param>
    /// <param name="failure">A <see cref="ChildStartFailure"/>.</param>
    /// <param name="detail">What the system said.</param>
    /// <returns>The exit status.</returns>
    public static int Explain(IReadOnlyList<string> server, string failure, string detail)
    {
        using var errors = StandardError.OfCommand();
        return errors.Report(ServerCommand.WhyNot(server) ?? Explain(server[0], Enum.Parse<ChildStartFailure>(failure), detail));
    }

    /// <param name="command">The program.</param>
    /// <param name="failure">Why not.</param>
    /// <param name="detail">What the system said.</param>
    public static KmError Explain(string command, ChildStartFailure failure, string detail) =>
        failure switch
        {
            ChildStartFailure.NotFound => new KmError(
                ErrorCode.ServerNotFound,
                $"Cannot start the server: '{command}' was not found",
                detail,
                command.Contains('/', StringComparison.Ordinal)
                    ? "Check the path."
                    : "Check the spelling and PATH; MCP clients start servers with a short PATH, so an absolute path is safer."
            ),
            ChildStartFailure.NotExecutable => new KmError(
                ErrorCode.ServerNotExecutable,
                $"Cannot start the server: '{command}' cannot be executed",
                detail,
                $"Is it a program, and executable? Try: chmod +x {command}"
            ),
            _ => new KmError(
                ErrorCode.ServerNotStarted,
                $"Cannot start the server '{command}'",
                detail,
                "Is the system out of processes or memory?"
            ),
        };
}
