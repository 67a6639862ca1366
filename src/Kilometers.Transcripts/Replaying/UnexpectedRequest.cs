using System.Text.Json;
using Kilometers.Monitoring.JsonRpc;

namespace Kilometers.Transcripts.Replaying;

/// <summary>A request of a client that a replay cannot answer.</summary>
public sealed record UnexpectedRequest
{
    private const int MaxValue = 200;
    private const int MaxLines = 20;

    /// <summary>Its JSON-RPC id as it was written.</summary>
    public required string Id { get; init; }

    /// <summary>What it is called.</summary>
    public required string Title { get; init; }

    /// <summary>Why it cannot be answered, in lines: with the differences from the nearest recorded request.</summary>
    public required IReadOnlyList<string> Explanation { get; init; }

    internal static UnexpectedRequest Of(in JsonRpcEnvelope envelope, JsonElement? parameters, ReplayBook book) =>
        new()
        {
            Id = envelope.Id!,
            Title = TitleOf(envelope),
            Explanation = Explain(envelope.Method!, parameters, book),
        };

    internal static UnexpectedRequest NotKept(in JsonRpcEnvelope envelope, ReplayScript script) =>
        new()
        {
            Id = envelope.Id!,
            Title = TitleOf(envelope),
            Explanation = [$"{script.Title} was recorded, but its answer was not kept whole."],
        };

    private static string TitleOf(in JsonRpcEnvelope envelope) =>
        envelope.Name is { Length: > 0 } name ? $"{envelope.Method} {name}" : envelope.Method!;

    private static List<string> Explain(string method, JsonElement? parameters, ReplayBook book)
    {
        if (book.Nearest(method, parameters) is not { } nearest)
        {
            var methods = book.Requests.Select(script => script.Trigger!.Method).Distinct().Order(StringComparer.Ordinal).ToList();
            return [$"No {method} was recorded.", $"Recorded: {(methods.Count == 0 ? "no requests" : string.Join(", ", methods))}"];
        }

        var number = book.Requests.Select((script, at) => (script, at)).First(pair => pair.script == nearest.Script).at + 1;
        var lines = new List<string>
        {
            $"The nearest recorded request is number {number}, {nearest.Script.Title}. - is recorded, + is asked:",
        };
        foreach (var difference in nearest.Differences.Take(MaxLines))
        {
            if (difference.Before is { } before)
                lines.Add($"- {difference.Path}: {Cut(before)}");
            if (difference.After is { } after)
                lines.Add($"+ {difference.Path}: {Cut(after)}");
        }

        if (nearest.Differences.Count > MaxLines)
            lines.Add($"… {nearest.Differences.Count - MaxLines} more differences");
        return lines;
    }

    private static string Cut(string value) =>
        value.Length <= MaxValue ? value : value[..(char.IsHighSurrogate(value[MaxValue - 1]) ? MaxValue - 1 : MaxValue)] + "…";
}
