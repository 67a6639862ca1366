using System.Globalization;
using Kilometers.Cli.Output;
using Kilometers.Packager.Conformance;

namespace Kilometers.Packager.Output;

/// <summary>The results of a test for people: one row per check, what was seen wrapped to the width at hand. ASCII but for what a plugin says.</summary>
internal static class ResultTable
{
    private const int OutcomeWidth = 7;
    private const int TimeWidth = 7;
    private const int MaxDetails = 12;

    /// <summary>Below this many columns for what was seen, it goes below its check instead of beside it.</summary>
    private const int MinShown = 24;

    /// <param name="results">The results.</param>
    /// <param name="width">Columns of the terminal.</param>
    /// <param name="colors">Whether outcomes are coloured.</param>
    /// <returns>The lines.</returns>
    public static IEnumerable<string> Format(IReadOnlyList<CheckResult> results, int width, bool colors)
    {
        var titleWidth = results.Max(result => result.Title.Length);
        var indent = 2 + OutcomeWidth + 2 + titleWidth + 2 + TimeWidth + 2;
        var isBeside = width - indent >= MinShown;
        if (!isBeside)
            indent = 2 + OutcomeWidth + 2;
        var room = Math.Max(MinShown, width - indent);
        foreach (var result in results)
        {
            var outcome = Outcome(result.Outcome).PadRight(OutcomeWidth);
            var head =
                $"  {(colors ? Color(result.Outcome, outcome) : outcome)}  {result.Title.PadRight(titleWidth)}  {Time(result).PadLeft(TimeWidth)}";
            var lines = Wrap(TerminalText.Line(result.Seen), room).ToList();
            if (isBeside)
                yield return $"{head}  {lines[0]}";
            else
                yield return head;
            foreach (var line in isBeside ? lines.Skip(1) : lines)
                yield return new string(' ', indent) + line;
            foreach (var detail in result.Details.Take(MaxDetails))
            {
                foreach (var line in Wrap(TerminalText.Line(detail), room).Take(MaxDetails))
                    yield return new string(' ', indent) + line;
            }
        }
    }

    /// <summary>The last line: how many checks ended in which way.</summary>
    public static string Summary(IReadOnlyList<CheckResult> results, TimeSpan taken)
    {
        int Count(CheckOutcome outcome) => results.Count(result => result.Outcome == outcome);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Count(CheckOutcome.Passed)} passed, {Count(CheckOutcome.Failed)} failed, {Count(CheckOutcome.Skipped)} skipped, in {taken.TotalSeconds:0.0} s"
        );
    }

    /// <summary>Breaks at spaces, else anywhere; never gives nothing.</summary>
    internal static IEnumerable<string> Wrap(string text, int width)
    {
        var rest = text;
        while (rest.Length > width)
        {
            var end = rest.LastIndexOf(' ', width);
            if (end <= 0)
                end = char.IsHighSurrogate(rest[width - 1]) ? width - 1 : width;
            yield return rest[..end];
            rest = rest[end..].TrimStart(' ');
        }

        yield return rest;
    }

    private static string Outcome(CheckOutcome outcome) =>
        outcome switch
        {
            CheckOutcome.Passed => "passed",
            CheckOutcome.Skipped => "skipped",
            _ => "FAILED",
        };

    private static string Color(CheckOutcome outcome, string text) =>
        outcome switch
        {
            CheckOutcome.Passed => $"\e[32m{text}\e[0m",
            CheckOutcome.Skipped => $"\e[33m{text}\e[0m",
            _ => $"\e[31m{text}\e[0m",
        };

    private static string Time(CheckResult result)
    {
        if (result.Duration == default)
            return "";
        return result.Duration < TimeSpan.FromSeconds(1)
            ? string.Create(CultureInfo.InvariantCulture, $"{result.Duration.TotalMilliseconds:0} ms")
            : string.Create(CultureInfo.InvariantCulture, $"{result.Duration.TotalSeconds:0.0} s");
    }
}
