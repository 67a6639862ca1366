using System.CommandLine;
using Kilometers.Contracts;

namespace Kilometers.Cli.Commands;

/// <summary>A command line that cannot be understood, put so that the next try succeeds.</summary>
internal static class UsageError
{
    /// <param name="result">What was understood.</param>
    /// <param name="own">The arguments before <c>--</c>.</param>
    /// <param name="server">The arguments after it.</param>
    public static KmError Explain(ParseResult result, IReadOnlyList<string> own, IReadOnlyList<string> server)
    {
        var command = result.CommandResult.Command;
        if (result.UnmatchedTokens is not [var unknown, ..])
            return Misuse.Explain(result, "km");

        var isOption = unknown.StartsWith('-');
        if (command is RootCommand && MeantToMonitor(unknown, own, server) is { } monitor)
            return monitor;
        if (Misuse.Meant(result) is not null)
            return Misuse.Explain(result, "km");
        if (command.Name == MonitorCommand.Name && !isOption)
            return BeforeTheDashes(unknown, own, server);

        // "km server": the shortest thing that somebody could hope for.
        if (command is RootCommand && !isOption && ServerCommand.IsProgram(unknown))
            return AfterTheDashes($"'{unknown}' is not a command of km", [.. own, .. server]);

        if (command is RootCommand && own.Count == 1 && server.Count > 0)
            return AfterTheDashes($"'{unknown}' is not a command of km", server);

        if (Misuse.PathOf(result.CommandResult) == "plugins " && unknown == "search")
        {
            return new KmError(
                ErrorCode.InvalidArguments,
                "km cannot search for plugins",
                "The API offers the plugins of your subscription; `km plugins refresh` installs them.",
                "Other plugins are packages: km plugins install FILE.kmpkg"
            );
        }

        return Misuse.Explain(result, "km");
    }

    /// <summary><c>km -- server</c>.</summary>
    public static KmError WithoutCommand(IReadOnlyList<string> server) => AfterTheDashes("The command of km is missing before --", server);

    /// <summary>Where nothing but a server can be meant, whatever command has a similar name: <c>km docker run x</c> is no <c>km doctor</c>.</summary>
    private static KmError? MeantToMonitor(string unknown, IReadOnlyList<string> own, IReadOnlyList<string> server)
    {
        var summary = $"'{unknown}' is not a command of km";
        if (own[0] != unknown)
            return null;
        if (ServerCommand.IsAddress(unknown))
        {
            return new KmError(
                ErrorCode.InvalidArguments,
                summary,
                "To watch an MCP server over HTTP, write its address after --url",
                $"Try: km monitor --url {ServerCommand.Quote([unknown])}"
            );
        }

        if (unknown.StartsWith('-'))
        {
            return server.Count > 0 && MonitorCommand.Create(server).Options.Any(option => unknown.Split('=')[0] == option.Name)
                ? AfterTheDashes($"{unknown} is an option of km monitor", server, ServerCommand.Quote(own))
                : null;
        }

        return own.Count > 1 && (ServerLabel.IsTool(unknown) || ServerCommand.IsProgram(unknown))
            ? AfterTheDashes(summary, [.. own, .. server])
            : null;
    }

    private static KmError AfterTheDashes(string summary, IReadOnlyList<string> server, string options = "") =>
        new(
            ErrorCode.InvalidArguments,
            summary,
            "To watch an MCP server, write its command after --",
            $"Try: km monitor {(options.Length > 0 ? options + " " : "")}-- {ServerCommand.Quote(server)}"
        );

    private static KmError BeforeTheDashes(string unknown, IReadOnlyList<string> own, IReadOnlyList<string> server)
    {
        var at = own.ToList().IndexOf(unknown);
        if (server.Count > 0 || at < 1)
        {
            return new KmError(
                ErrorCode.InvalidArguments,
                $"Unrecognized argument '{unknown}' before --",
                "Before -- are options of km, after it the server's command.",
                "See: km monitor --help"
            );
        }

        // What would not start after -- either is put right in one go.
        var options = $"km {ServerCommand.Quote([.. own.Take(at)])}";
        if (ServerCommand.WhyNot([.. own.Skip(at)], options) is { } why)
            return why with { Code = ErrorCode.InvalidArguments };
        return new KmError(
            ErrorCode.InvalidArguments,
            $"The server's command must come after --, and '{unknown}' is before it",
            "Before -- are options of km; every word after it belongs to the server.",
            $"Try: {options} -- {ServerCommand.Quote([.. own.Skip(at)])}"
        );
    }
}
