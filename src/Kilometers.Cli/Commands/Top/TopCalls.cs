using System.Globalization;
using Kilometers.Cli.Commands.Recordings;
using Kilometers.Cli.Output;
using Kilometers.Recordings;
using Kilometers.Recordings.Reading;

namespace Kilometers.Cli.Commands.Top;

/// <summary>The newest calls of one session, and one of them with what was sent and answered.</summary>
/// <param name="screen">Colours, and what the terminal shows.</param>
/// <param name="width">The terminal's columns; null: everything is shown.</param>
/// <param name="height">The terminal's lines.</param>
internal sealed class TopCalls(Screen screen, int? width, int height)
{
    private const int MaxLines = 20_000;
    private const int Around = 4;

    private static readonly Column[] Columns =
    [
        new(" "),
        new("TIME"),
        new("CALL"),
        new("STATUS"),
        new("LATENCY", IsNumber: true),
        new("IN", 3, IsNumber: true),
        new("OUT", 3, IsNumber: true),
        new("#", 2, IsNumber: true),
        new("DETAIL", 4),
    ];

    /// <summary>As many calls as can be shown.</summary>
    public int Room => Math.Max(1, height - Around);

    /// <summary>The calls, the newest first.</summary>
    public IReadOnlyList<string> List(TopSession? session, IReadOnlyList<RecordedCall> calls, long? marked, DateTimeOffset now)
    {
        var title = session is null
            ? "The session has ended.   Esc back"
            : $"{TerminalText.Line(session.Server, 40)} {session.Id}, the newest calls first   Enter show, Esc back, q end";
        if (calls.Count == 0)
            return [title, "", "No calls yet."];
        return
        [
            title,
            "",
            .. ColumnTable.Format(
                Columns,
                [.. calls.Select(call => Row(call, call.Id == marked, now))],
                0,
                width,
                screen.Colors,
                screen.Ellipsis
            ),
        ];
    }

    /// <summary>One call, from a line on.</summary>
    /// <param name="call">The call.</param>
    /// <param name="payloads">What was sent and answered.</param>
    /// <param name="scrolled">Lines that are above the terminal; changed to at most what there is.</param>
    /// <param name="now">The time.</param>
    public IReadOnlyList<string> Show(RecordedCall call, IReadOnlyList<RecordedPayload> payloads, ref int scrolled, DateTimeOffset now)
    {
        var title =
            $"{CallTable.Title(call)}, {CallTable.Status(call).Text}, {Latency(call, now)}, call {call.Id.ToString(CultureInfo.InvariantCulture)}   j k scroll, Esc back";
        var lines = payloads
            .SelectMany(message =>
                message
                    .ToLines()
                    .Select(line => "  " + TerminalText.Line(line))
                    .Prepend($"{(message.Direction == RecordedDirection.Out ? "<-" : "->")} {Units.Bytes(message.Size)}")
            )
            .SelectMany(line => TerminalText.Fold(line, width))
            .Take(MaxLines)
            .ToList();
        scrolled = Math.Clamp(scrolled, 0, Math.Max(0, lines.Count - (height - 2)));
        return [title, "", .. lines.Skip(scrolled).Take(Math.Max(1, height - 2))];
    }

    private Cell[] Row(RecordedCall call, bool isMarked, DateTimeOffset now) =>
        [
            isMarked ? ">" : " ",
            call.Started.ToLocalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture),
            new(ColumnTable.Cut(CallTable.Title(call), 40, screen.Ellipsis), isMarked ? "1" : null),
            CallTable.Status(call),
            Latency(call, now),
            Units.Bytes(call.RequestBytes),
            Units.Bytes(call.ResponseBytes),
            call.Id.ToString(CultureInfo.InvariantCulture),
            TerminalText.Line((call.ErrorText ?? "").ReplaceLineEndings(" "), 80),
        ];

    private static string Latency(RecordedCall call, DateTimeOffset now) =>
        call.Outcome == CallOutcome.Pending ? $"{Units.Span(now - call.Started)}+" : Units.Milliseconds(call.Latency?.TotalMilliseconds);
}
