using System.Globalization;
using System.Text.Json.Serialization;
using Kilometers.Cli.Output;
using Kilometers.Transcripts.Comparing;

namespace Kilometers.Cli.Commands.Transcripts;

/// <summary>What differs, for people and as JSON.</summary>
internal static class ComparisonView
{
    private const int MaxValue = 160;
    private const int MaxDifferences = 12;

    public static void Show(Screen screen, SessionComparison comparison)
    {
        var isEmpty = true;
        Section("Definitions", comparison.Definitions.SelectMany(Lines));
        Section("Results", comparison.Results.SelectMany(Lines));
        Section("Called only before", comparison.OnlyBefore.Select(Line));
        Section("Called only after", comparison.OnlyAfter.Select(Line));
        Section("Latency (Mann-Whitney U test, p < 0.01 after Bonferroni's correction)", comparison.Latencies.Select(Line));
        if (comparison.Compared > 0)
            screen.WriteLine($"{(isEmpty ? "No differences" : Count(comparison))}; calls compared: {comparison.Compared}.");
        else if (isEmpty)
            screen.WriteLine("No differences.");

        void Section(string title, IEnumerable<string> lines)
        {
            var all = lines.ToList();
            if (all.Count == 0)
                return;
            isEmpty = false;
            screen.WriteLine(title);
            foreach (var line in all)
                screen.WriteLine(TerminalText.Line(line));
            screen.WriteLine("");
        }
    }

    private static string Count(SessionComparison comparison) =>
        $"Definitions that differ: {comparison.Definitions.Count}, results: {comparison.Results.Count}";

    private static IEnumerable<string> Lines(DefinitionChange change)
    {
        var sign = change.Change switch
        {
            "added" => "+",
            "removed" => "-",
            _ => "~",
        };
        return Differences($"  {sign} {change.Kind} {change.Name}", change.Differences);
    }

    private static IEnumerable<string> Lines(ResultChange change) =>
        Differences(
            string.Create(
                CultureInfo.InvariantCulture,
                $"  ~ {change.Title} (call {change.Before}{(change.After is { } after ? $", then {after}" : "")})"
            ),
            change.Differences
        );

    private static IEnumerable<string> Differences(string head, IReadOnlyList<JsonDifference> differences)
    {
        yield return head;
        foreach (var difference in differences.Take(MaxDifferences))
            yield return $"      {(difference.Path.Length > 0 ? difference.Path + ": " : "")}{Cut(difference.Before)} → {Cut(difference.After)}";
        if (differences.Count > MaxDifferences)
            yield return string.Create(CultureInfo.InvariantCulture, $"      … {differences.Count - MaxDifferences} more");
    }

    private static string Line(KeyValuePair<string, int> count) =>
        string.Create(CultureInfo.InvariantCulture, $"  {count.Key}{(count.Value > 1 ? $" ({count.Value} times)" : "")}");

    private static string Line(LatencyShift shift) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"  {shift.Title}: median {Units.Milliseconds(shift.Before.TotalMilliseconds)} → {Units.Milliseconds(shift.After.TotalMilliseconds)},"
                + $" p = {shift.Probability:0.####}, {shift.CallsBefore} and {shift.CallsAfter} calls"
        );

    private static string Cut(string? value) =>
        value is null ? "(none)"
        : value.Length <= MaxValue ? value
        : value[..(char.IsHighSurrogate(value[MaxValue - 1]) ? MaxValue - 1 : MaxValue)] + "…";
}

/// <summary>What <c>km diff --json</c> and <c>km replay --client --json</c> print. Members are added, never changed.</summary>
internal sealed record ComparisonReport
{
    public int Version { get; } = 1;

    public required bool IsDifferent { get; init; }

    public required int Compared { get; init; }

    public required IReadOnlyList<DefinitionChange> Definitions { get; init; }

    public required IReadOnlyList<ResultChange> Results { get; init; }

    public required IReadOnlyDictionary<string, int> OnlyBefore { get; init; }

    public required IReadOnlyDictionary<string, int> OnlyAfter { get; init; }

    public required IReadOnlyList<LatencyListing> Latencies { get; init; }

    public static ComparisonReport Of(SessionComparison comparison) =>
        new()
        {
            IsDifferent = comparison.IsDifferent,
            Compared = comparison.Compared,
            Definitions = comparison.Definitions,
            Results = comparison.Results,
            OnlyBefore = comparison.OnlyBefore,
            OnlyAfter = comparison.OnlyAfter,
            Latencies =
            [
                .. comparison.Latencies.Select(shift => new LatencyListing(
                    shift.Title,
                    shift.Before.TotalMilliseconds,
                    shift.After.TotalMilliseconds,
                    shift.CallsBefore,
                    shift.CallsAfter,
                    shift.Probability
                )),
            ],
        };
}

/// <summary>A latency that shifted.</summary>
internal sealed record LatencyListing(string Title, double BeforeMs, double AfterMs, int CallsBefore, int CallsAfter, double Probability);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(ComparisonReport))]
[JsonSerializable(typeof(CheckListing))]
internal sealed partial class TranscriptsJson : JsonSerializerContext;
