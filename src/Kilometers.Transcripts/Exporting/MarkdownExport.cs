using System.Globalization;
using System.Text;
using Kilometers.Recordings;
using Kilometers.Recordings.Reading;

namespace Kilometers.Transcripts.Exporting;

/// <summary>What fits an issue or a report: the session, its tools, its calls, and the payloads of the calls that failed.</summary>
internal static class MarkdownExport
{
    private const int MaxCalls = 200;
    private const int MaxFailures = 20;
    private const int MaxPayload = 4000;

    public static void Write(Transcript transcript, Stream output)
    {
        var session = transcript.Session;
        var text = new StringBuilder();
        Line(text, $"# Session {Cell(session.ShortId)}: {Cell(session.Server ?? "server")}");
        Line(text, "");
        foreach (var (name, value) in SessionFacts.Of(transcript))
            Line(text, $"- {name}: {Cell(value)}");
        WriteTools(text, transcript);
        WriteCalls(text, transcript);
        WriteFailures(text, transcript);
        output.Write(Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static void WriteTools(StringBuilder text, Transcript transcript)
    {
        if (transcript.Calls.Count == 0)
            return;
        Line(text, "\n## What was called\n\n| Call | Calls | Errors | p50 | p95 | Max |\n|---|--:|--:|--:|--:|--:|");
        foreach (var tool in ToolFigures.Of(transcript.Calls))
            Row(
                text,
                Cell(tool.Title),
                $"{tool.Calls}",
                $"{tool.Errors}",
                SessionFacts.Milliseconds(tool.P50),
                SessionFacts.Milliseconds(tool.P95),
                SessionFacts.Milliseconds(tool.Max)
            );
    }

    private static void WriteCalls(StringBuilder text, Transcript transcript)
    {
        if (transcript.Calls.Count == 0)
            return;
        Line(text, "\n## Calls\n\n| # | At | Call | Outcome | Latency |\n|--:|--:|---|---|--:|");
        foreach (var call in transcript.Calls.Take(MaxCalls))
            Row(
                text,
                $"{call.Number}",
                SessionFacts.Offset(transcript.Session, call.Request.Time),
                (call.Request.Direction == RecordedDirection.Out ? "← " : "") + Cell(call.Title),
                Cell(SessionFacts.Outcome(call)),
                SessionFacts.Milliseconds(call.Latency)
            );
        if (transcript.Calls.Count > MaxCalls)
            Line(text, $"\n{transcript.Calls.Count - MaxCalls} more calls are not listed.");
    }

    private static void WriteFailures(StringBuilder text, Transcript transcript)
    {
        var failures = transcript.Calls.Where(call => call.Outcome == CallOutcome.Error).ToList();
        if (failures.Count == 0)
            return;
        Line(text, "\n## Errors");
        foreach (var call in failures.Take(MaxFailures))
        {
            Line(text, $"\n### {call.Number}. {Cell(call.Title)}: {Cell(call.Response!.ErrorCode)}\n");
            Fence(text, call.Request);
            Line(text, "");
            Fence(text, call.Response);
        }

        if (failures.Count > MaxFailures)
            Line(text, $"\n{failures.Count - MaxFailures} more errors are not shown.");
    }

    /// <summary>A block of code that nothing in the payload can end.</summary>
    private static void Fence(StringBuilder text, RecordedMessage message)
    {
        if (message.Payload is not { } payload)
        {
            Line(text, "(not recorded)");
            return;
        }

        var shown = Payload.ToReadable(payload);
        if (shown.Length > MaxPayload)
            shown = shown[..(char.IsHighSurrogate(shown[MaxPayload - 1]) ? MaxPayload - 1 : MaxPayload)] + "\n…";
        var fence = new string('`', Math.Max(3, LongestRun(shown) + 1));
        Line(text, $"{fence}json\n{shown}\n{fence}");
    }

    private static int LongestRun(string text)
    {
        var longest = 0;
        for (int at = 0, run = 0; at < text.Length; at++)
        {
            run = text[at] == '`' ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }

        return longest;
    }

    /// <summary>One line in which nothing is markup.</summary>
    private static string Cell(string text)
    {
        var cell = new StringBuilder();
        foreach (var letter in text)
        {
            if (char.IsControl(letter) || letter is '\u2028' or '\u2029')
                cell.Append(' ');
            else if (letter is '<' or '>' or '&')
                cell.Append(CultureInfo.InvariantCulture, $"&#{(int)letter};");
            else if (letter is '|' or '\\' or '`' or '*' or '_' or '[' or ']' or '#' or '!' or '~')
                cell.Append('\\').Append(letter);
            else
                cell.Append(letter);
        }

        return cell.ToString().Trim();
    }

    private static void Row(StringBuilder text, params string[] cells) => Line(text, $"| {string.Join(" | ", cells)} |");

    private static void Line(StringBuilder text, string line) => text.Append(line).Append('\n');
}
