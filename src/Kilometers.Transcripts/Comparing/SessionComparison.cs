using System.Text.Json;
using Kilometers.Transcripts.Conversations;

namespace Kilometers.Transcripts.Comparing;

/// <summary>How a definition changed.</summary>
/// <param name="Change"><c>added</c>, <c>removed</c> or <c>changed</c>.</param>
/// <param name="Kind"><c>tool</c>, <c>prompt</c>, <c>resource</c> or <c>template</c>.</param>
/// <param name="Name">Its name; of a resource its URI.</param>
/// <param name="Differences">Of a changed one: where it differs.</param>
public sealed record DefinitionChange(string Change, string Kind, string Name, IReadOnlyList<JsonDifference> Differences);

/// <summary>A call that had another result.</summary>
/// <param name="Title">What was called.</param>
/// <param name="Before">The call's number before.</param>
/// <param name="After">The call's number after; null: it was not answered.</param>
/// <param name="Differences">Where the results differ.</param>
public sealed record ResultChange(string Title, int Before, int? After, IReadOnlyList<JsonDifference> Differences);

/// <summary>What differs between two sessions.</summary>
public sealed record SessionComparison
{
    /// <summary>Definitions that were added, removed or changed.</summary>
    public required IReadOnlyList<DefinitionChange> Definitions { get; init; }

    /// <summary>Calls of the same with another result.</summary>
    public IReadOnlyList<ResultChange> Results { get; init; } = [];

    /// <summary>How many calls were compared.</summary>
    public int Compared { get; init; }

    /// <summary>What was called before only, and how often.</summary>
    public IReadOnlyDictionary<string, int> OnlyBefore { get; init; } = new Dictionary<string, int>();

    /// <summary>What was called after only, and how often.</summary>
    public IReadOnlyDictionary<string, int> OnlyAfter { get; init; } = new Dictionary<string, int>();

    /// <summary>Latencies that shifted by more than noise.</summary>
    public IReadOnlyList<LatencyShift> Latencies { get; init; } = [];

    /// <summary>Whether definitions or results differ. Calls that only one side has, and latencies, do not count.</summary>
    public bool IsDifferent => Definitions.Count > 0 || Results.Count > 0;

    /// <summary>Compares what a server offered.</summary>
    public static IReadOnlyList<DefinitionChange> Of(DefinitionSet before, DefinitionSet after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        var changes = new List<DefinitionChange>();
        foreach (var key in before.Definitions.Keys.Union(after.Definitions.Keys).Order())
        {
            var (one, other) = (Get(before, key), Get(after, key));
            if (one is null || other is null)
                changes.Add(new DefinitionChange(one is null ? "added" : "removed", key.Kind, key.Name, []));
            else if (JsonDifferences.Of(one, other) is { Count: > 0 } differences)
                changes.Add(new DefinitionChange("changed", key.Kind, key.Name, differences));
        }

        return changes;

        static JsonElement? Get(DefinitionSet set, (string, string) key) =>
            set.Definitions.TryGetValue(key, out var definition) ? definition : null;
    }

    /// <summary>Compares two sessions. Calls belong together if they ask the same; the first with the first, and so on.</summary>
    /// <param name="before">A session.</param>
    /// <param name="after">Another one.</param>
    /// <param name="isIgnored">Which places in results do not count.</param>
    public static SessionComparison Of(Transcript before, Transcript after, Func<string, bool> isIgnored)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        var others = after.Calls.GroupBy(Question).ToDictionary(group => group.Key, group => new Queue<TranscriptCall>(group));
        var results = new List<ResultChange>();
        var only = new List<TranscriptCall>();
        var compared = 0;
        foreach (var call in before.Calls)
        {
            if (!others.TryGetValue(Question(call), out var same) || !same.TryDequeue(out var other))
            {
                only.Add(call);
                continue;
            }

            compared++;
            if (DefinitionSet.IsList(call.Request.Method))
                continue;
            var differences = Answers(call.Response?.Payload, other.Response?.Payload, isIgnored);
            if (differences.Count > 0)
                results.Add(new ResultChange(call.Title, call.Number, other.Number, differences));
        }

        return new SessionComparison
        {
            Definitions = Listed(before, after),
            Results = results,
            Compared = compared,
            OnlyBefore = Counts(only),
            OnlyAfter = Counts(others.Values.SelectMany(calls => calls)),
            Latencies = LatencyTest.Of(before.Calls, after.Calls),
        };
    }

    /// <summary>Where two answers differ; ids do not count, and a masked value may be any.</summary>
    internal static IReadOnlyList<JsonDifference> Answers(
        ReadOnlyMemory<byte>? before,
        ReadOnlyMemory<byte>? after,
        Func<string, bool> isIgnored
    )
    {
        return [.. JsonDifferences.Of(Outcome(before), Outcome(after), masked: true).Where(difference => !isIgnored(difference.Path))];
    }

    /// <summary>Kinds that only one side listed say nothing about what was added or removed.</summary>
    private static List<DefinitionChange> Listed(Transcript before, Transcript after)
    {
        var both = DefinitionSet.KindsListed(before).Intersect(DefinitionSet.KindsListed(after)).ToHashSet();
        return [.. Of(DefinitionSet.Of(before), DefinitionSet.Of(after)).Where(change => both.Contains(change.Kind))];
    }

    /// <summary>The result or the error, without what frames it.</summary>
    private static JsonElement? Outcome(ReadOnlyMemory<byte>? message)
    {
        if (message is not { } bytes)
            return null;
        try
        {
            var root = JsonElement.Parse(bytes.Span);
            return root.ValueKind != JsonValueKind.Object ? root
                : root.TryGetProperty("result", out var result) ? result
                : JsonElement.Parse($"{{\"error\":{(root.TryGetProperty("error", out var error) ? error.GetRawText() : "null")}}}");
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Question(TranscriptCall call)
    {
        var request = call.Request;
        if (request.Method == "initialize" || request.Payload is not { } payload)
            return $"{request.Direction} {request.Method} {request.Name}";
        JsonElement? parameters = RawJson.Value(payload, "params") is { } value ? JsonElement.Parse(value.Span) : null;
        return $"{request.Direction} {request.Method} {NormalJson.OfParameters(parameters)}";
    }

    private static SortedDictionary<string, int> Counts(IEnumerable<TranscriptCall> calls) =>
        new(calls.CountBy(call => call.Title).ToDictionary(), StringComparer.Ordinal);
}
