using Kilometers.Recordings.Reading;

namespace Kilometers.Transcripts;

/// <summary>How often something was called in a session, and how long that took.</summary>
/// <param name="Title">What was called.</param>
/// <param name="Calls">How often.</param>
/// <param name="Errors">How often with an error.</param>
/// <param name="P50">Half of the answers took no longer; null without an answer.</param>
/// <param name="P95">95 % of the answers took no longer.</param>
/// <param name="Max">The longest that an answer took.</param>
internal sealed record ToolFigures(string Title, int Calls, int Errors, TimeSpan? P50, TimeSpan? P95, TimeSpan? Max)
{
    /// <summary>Those that were called most first.</summary>
    public static IReadOnlyList<ToolFigures> Of(IEnumerable<TranscriptCall> calls) =>
        [
            .. calls
                .GroupBy(call => call.Title)
                .Select(group => Of(group.Key, [.. group]))
                .OrderByDescending(figures => figures.Calls)
                .ThenBy(figures => figures.Title, StringComparer.Ordinal),
        ];

    private static ToolFigures Of(string title, IReadOnlyList<TranscriptCall> calls)
    {
        var latencies = calls.Select(call => call.Latency).OfType<TimeSpan>().Order().ToList();
        return new ToolFigures(
            title,
            calls.Count,
            calls.Count(call => call.Outcome == CallOutcome.Error),
            Percentile(0.5),
            Percentile(0.95),
            Percentile(1)
        );

        // By nearest rank, as km stats does.
        TimeSpan? Percentile(double share) =>
            latencies.Count == 0 ? null : latencies[Math.Clamp((int)Math.Ceiling(share * latencies.Count) - 1, 0, latencies.Count - 1)];
    }
}
