using System.CommandLine;
using System.CommandLine.Parsing;
using Kilometers.Contracts;

namespace Kilometers.Cli.Commands;

/// <summary>A command line with a word that its command does not know, or without one that it needs: the same in km, kmpkg and km-api.</summary>
internal static class Misuse
{
    /// <param name="result">What was understood.</param>
    /// <param name="program">The program's name.</param>
    public static KmError Explain(ParseResult result, string program)
    {
        var path = $"{program} {PathOf(result.CommandResult)}";
        var help = $"See: {path}--help";
        if (result.UnmatchedTokens is not [var unknown, ..])
            return new KmError(ErrorCode.InvalidArguments, result.Errors[0].Message, Hint: help);
        var kind =
            unknown.StartsWith('-') ? "option"
            : result.CommandResult.Command.Subcommands.Count > 0 ? "command"
            : "argument";
        return new KmError(
            ErrorCode.InvalidArguments,
            $"Unrecognized {kind} '{unknown}'",
            Hint: Meant(result) is { } meant ? $"Did you mean: {path}{meant}" : help
        );
    }

    /// <summary>The option or command whose name is close to the word that is not understood; else null.</summary>
    public static string? Meant(ParseResult result)
    {
        if (result.UnmatchedTokens is not [var unknown, ..])
            return null;
        var command = result.CommandResult.Command;
        var inherited = Above(result.CommandResult).SelectMany(above => above.Options).Where(option => option.Recursive);
        return Suggestion.For(
            unknown,
            unknown.StartsWith('-')
                ? command
                    .Options.Concat(inherited)
                    .Select(option => option.Name)
                    .Where(name => name.StartsWith("--", StringComparison.Ordinal))
                : command.Subcommands.Where(sub => !sub.Hidden).Select(sub => sub.Name)
        );
    }

    /// <summary>The names after the program's, each followed by a space.</summary>
    public static string PathOf(CommandResult result) =>
        result.Parent is CommandResult parent ? $"{PathOf(parent)}{result.Command.Name} " : "";

    private static IEnumerable<Command> Above(CommandResult result)
    {
        for (var parent = result.Parent as CommandResult; parent is not null; parent = parent.Parent as CommandResult)
            yield return parent.Command;
    }
}
