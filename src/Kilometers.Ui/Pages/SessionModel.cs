using Kilometers.Cli.Commands.Recordings;
using Kilometers.Recordings;
using Kilometers.Recordings.Reading;

namespace Kilometers.Ui.Pages;

/// <summary>What every page of one session shows first.</summary>
/// <param name="Session">The session.</param>
/// <param name="Running">The keys of the sessions that run.</param>
/// <param name="Now">The time.</param>
/// <param name="Tab">Which of its pages.</param>
public sealed record SessionHead(RecordedSession Session, IReadOnlySet<string> Running, DateTimeOffset Now, string Tab)
{
    /// <summary>The pages of a session; the first has no name of its own in the address.</summary>
    public static IReadOnlyList<(string Tab, string Title)> Tabs { get; } =
    [("", "Calls"), ("tools", "Tools"), ("charts", "Charts"), ("findings", "Findings"), ("notes", "Stderr, events"), ("diff", "Changes")];

    /// <summary>Whether it runs.</summary>
    public bool IsRunning => Session.Ended is null && Running.Contains(Session.Key);

    /// <summary>What people call it.</summary>
    public string Title => Session.Name ?? $"{Session.Server} {Session.ShortId}";

    /// <summary>The frame around it.</summary>
    public Frame Frame => new(Title, "Sessions", Tab.Length == 0 ? "/" : Links.Session(Session.Key));
}

/// <summary>The calls of a session.</summary>
/// <param name="Head">The session.</param>
/// <param name="Filter">The filters as they were typed.</param>
/// <param name="Problem">Why the filters cannot be used; null: they can.</param>
/// <param name="Rows">The first page.</param>
/// <param name="Total">How many calls match.</param>
public sealed record SessionModel(SessionHead Head, string Filter, string? Problem, CallRows Rows, long Total)
{
    /// <summary>Where pages of rows come from.</summary>
    public string RowsAddress => Links.Session(Head.Session.Key, "rows") + (Filter.Length == 0 ? "" : "?q=" + Uri.EscapeDataString(Filter));
}

/// <summary>Calls as rows of a list.</summary>
/// <param name="Calls">The calls.</param>
/// <param name="Start">When the session began: rows say when they came after it.</param>
/// <param name="Now">The time: how long unanswered calls have waited.</param>
/// <param name="IsRunning">Whether an unanswered call can still be answered.</param>
/// <param name="Findings">What plugins found, by the positions of the calls.</param>
public sealed record CallRows(
    IReadOnlyList<RecordedCall> Calls,
    DateTimeOffset Start,
    DateTimeOffset Now,
    bool IsRunning,
    ILookup<long, PluginFinding> Findings
)
{
    /// <summary>How long a call took, for the script; empty: it has no answer.</summary>
    public static string Length(RecordedCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        return call.Outcome == CallOutcome.Pending
            ? ""
            : Microseconds(call.Latency ?? TimeSpan.Zero).ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Microseconds of a time span, for the script that draws the waterfall.</summary>
    public static long Microseconds(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;
}

/// <summary>How calls look, in words.</summary>
public static class CallWords
{
    /// <summary>What a call is called: its tool where it has one, else its method.</summary>
    public static string Title(RecordedCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        return call.Name is null ? call.Method
            : call.Method == "tools/call" ? call.Name
            : $"{call.Method} {call.Name}";
    }

    /// <summary>How it ended.</summary>
    public static string Status(RecordedCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        return call.Outcome switch
        {
            CallOutcome.Ok => "ok",
            CallOutcome.Pending => "pending",
            _ => call.ErrorCode is null or "tool_error" ? "error" : "error " + call.ErrorCode,
        };
    }

    /// <summary>The style of how it ended.</summary>
    public static string? StatusClass(RecordedCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        return call.Outcome switch
        {
            CallOutcome.Ok => "dim",
            CallOutcome.Pending => "warn",
            _ => "bad",
        };
    }

    /// <summary>When a call came, after the session's begin.</summary>
    public static string After(DateTimeOffset start, DateTimeOffset time)
    {
        var after = time - start;
        return after < TimeSpan.FromMinutes(1)
            ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"+{Math.Max(0, after.TotalSeconds):0.000} s")
            : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"+{(int)after.TotalHours}:{after:mm\\:ss\\.f}");
    }

    /// <summary>Which way a request went.</summary>
    public static string Way(RecordedDirection direction) => direction == RecordedDirection.Out ? "server to client" : "client to server";
}
