using System.Globalization;
using Kilometers.Recordings.Reading;

namespace Kilometers.Transcripts;

/// <summary>A session in words, as people read them in an export.</summary>
internal static class SessionFacts
{
    /// <summary>Name and value of what is known.</summary>
    public static IEnumerable<(string Name, string Value)> Of(Transcript transcript)
    {
        var session = transcript.Session;
        var errors = transcript.Calls.Count(call => call.Outcome == CallOutcome.Error);
        (string, string?)[] facts =
        [
            ("Name", session.Name),
            ("Server", session.Server),
            ("Command", session.Command),
            ("Client", $"{session.Client} {session.ClientVersion}".Trim()),
            ("Protocol", session.Protocol),
            ("Started", session.Started.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture)),
            ("Lasted", Span((session.Ended ?? session.LastSeen) - session.Started)),
            ("State", session.Ended is null ? "not ended" : session.ExitStatus ?? "ended"),
            ("Calls", string.Create(CultureInfo.InvariantCulture, $"{transcript.Calls.Count}, {errors} with an error")),
            ("Missing", session.Missed > 0 ? string.Create(CultureInfo.InvariantCulture, $"{session.Missed} messages or events") : null),
            (
                "Payloads",
                session.Payloads switch
                {
                    "off" => "not recorded",
                    "full" => "as they passed, secrets included",
                    _ => "secrets are masked",
                }
            ),
        ];
        return facts.Where(fact => !string.IsNullOrEmpty(fact.Item2)).Select(fact => (fact.Item1, fact.Item2!));
    }

    /// <summary>How a call ended, in words.</summary>
    public static string Outcome(TranscriptCall call) =>
        call.Outcome switch
        {
            CallOutcome.Ok => "ok",
            CallOutcome.Pending => "no answer",
            _ => call.Response!.ErrorCode is "tool_error" ? "tool error" : $"error {call.Response.ErrorCode}",
        };

    /// <summary>When something happened, from the start of the session.</summary>
    public static string Offset(RecordedSession session, DateTimeOffset time) =>
        string.Create(CultureInfo.InvariantCulture, $"+{Math.Max(0, (time - session.Started).TotalSeconds):0.000} s");

    /// <summary>A latency.</summary>
    public static string Milliseconds(TimeSpan? span) =>
        span is { } known
            ? string.Create(CultureInfo.InvariantCulture, $"{known.TotalMilliseconds:0.0} ms")
                .Replace(".0 ms", " ms", StringComparison.Ordinal)
            : "";

    /// <summary>A size.</summary>
    public static string Bytes(long bytes) =>
        bytes switch
        {
            < 1000 => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
            < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1000.0:0.0} kB"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1_000_000.0:0.0} MB"),
        };

    private static string Span(TimeSpan span) =>
        span < TimeSpan.FromMinutes(1)
            ? string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, span.TotalSeconds):0.0} s")
            : string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalHours}:{span:mm\\:ss}");
}
