using Kilometers.Cli.Output;
using Kilometers.Definitions;

namespace Kilometers.Cli.Commands.Guard;

/// <summary>A change of a definition, as lines.</summary>
internal static class ChangeLines
{
    public static IEnumerable<string> Of(DefinitionChange change)
    {
        var subject = $"{Name(change.Kind)} {TerminalText.Line(change.Name)}";
        if (change.What == ChangeKind.Changed)
            subject += $": {TerminalText.Line(change.Field!)}";
        yield return $"{Mark(change.What)} {subject}";
        if (change.Before is { } before)
            yield return $"    - {OneLine(before)}";
        if (change.After is { } after)
            yield return $"    + {OneLine(after)}";
    }

    /// <summary>What people call a kind.</summary>
    public static string Name(DefinitionKind kind) =>
        kind == DefinitionKind.ResourceTemplate ? "resource template" : kind.ToString().ToLowerInvariant();

    private static char Mark(ChangeKind what) =>
        what switch
        {
            ChangeKind.Added => '+',
            ChangeKind.Removed => '-',
            _ => '~',
        };

    private static string OneLine(string text) => TerminalText.Line(text.ReplaceLineEndings(" ↵ "));
}
