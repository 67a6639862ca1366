using System.CommandLine;
using System.CommandLine.Parsing;
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
        var help = $"See: km {PathOf(result.CommandResult)}--help";
        if (result.UnmatchedTokens is not [var unknown, ..])
            return new KmError(ErrorCode.InvalidArguments, result.Errors[0].Message, Hint: help);

        var isOption = unknown.StartsWith('-');
        var known = isOption
            ? command.Options.Select(option => option.Name).Where(name => name.StartsWith("--", StringComparison.Ordinal))
            : command.Subcommands.Select(sub => sub.Name);
        var meant = Suggestion.For(unknown, known);
        var summary = $"Unrecognized {(isOption ? "option" : command.Subcommands.Count > 0 ? "command" : "argument")} '{unknown}'";
        if (meant is not null)
            return new KmError(ErrorCode.InvalidArguments, summary, Hint: $"Did you mean: km {PathOf(result.CommandResult)}{meant}");
        if (command.Name == MonitorCommand.Name && !isOption)
            return BeforeTheDashes(unknown, own, server);

        // "km npx server": the shortest thing that somebody could hope for.
        if (command is RootCommand && !isOption && ServerCommand.IsProgram(unknown))
        {
            return new KmError(
                ErrorCode.InvalidArguments,
                $"'{unknown}' is not a command of km",
                "To watch an MCP server, write its command after --",
                $"Try: km monitor -- {ServerCommand.Quote([.. own, .. server])}"
            );
        }

        if (PathOf(result.CommandResult) == "plugins " && unknown == "search")
        {
            return new KmError(
                ErrorCode.InvalidArguments,
                "km cannot search for plugins",
                "The API offers the plugins of your subscription; `km plugins refresh` installs them.",
                "Other plugins are packages: km plugins install FILE.kmpkg"
            );
        }

        return new KmError(ErrorCode.InvalidArguments, summary, Hint: help);
    }

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

        return new KmError(
            ErrorCode.InvalidArguments,
            $"The server's command must come after --, and '{unknown}' is before it",
            "Before -- are options of km; every word after it belongs to the server.",
            $"Try: km {ServerCommand.Quote([.. own.Take(at)])} -- {ServerCommand.Quote([.. own.Skip(at)])}"
        );
    }

    /// <summary>The names after <c>km</c>, each followed by a space.</summary>
    private static string PathOf(CommandResult result) =>
        result.Parent is CommandResult parent ? $"{PathOf(parent)}{result.Command.Name} " : "";
}
