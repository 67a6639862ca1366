using System.Globalization;
using Kilometers.Cli.Output;
using Kilometers.Recordings;
using Kilometers.Recordings.Reading;

namespace Kilometers.Cli.Commands.Recordings;

/// <summary>Calls as lines.</summary>
/// <param name="screen">Where they are shown.</param>
/// <param name="sessions">Sessions by their rows.</param>
/// <param name="now">The time: a call of another day shows its date.</param>
internal sealed class CallTable(Screen screen, Func<long, RecordedSession?> sessions, DateTimeOffset now)
{
    private const string Red = "31";
    private const string Yellow = "33";
    private const string Dim = "2";
    private const int Gap = 2;
    private const int MinDetail = 24;

    private static readonly Column[] Columns =
    [
        new("TIME"),
        new("SERVER", 3),
        new("SESSION", 5),
        new("CALL"),
        new("STATUS"),
        new("LATENCY", 1, IsNumber: true),
        new("IN", 6, IsNumber: true),
        new("OUT", 6, IsNumber: true),
        new("#", 2, IsNumber: true),
        new("DETAIL", 4),
    ];

    /// <summary>Headers and calls, as wide as these need.</summary>
    public IEnumerable<string> Format(IReadOnlyList<RecordedCall> calls)
    {
        var rows = calls.Select(Row).ToList();

        // Details get what the other columns leave; a long one must not take their place.
        if (screen.Width is { } width)
        {
            var others = Enumerable
                .Range(0, Columns.Length - 1)
                .Sum(at => Gap + rows.Select(row => row[at].Text.Length).Append(Columns[at].Title.Length).Max());
            foreach (var row in rows)
                row[^1] = ColumnTable.Cut(row[^1].Text, Math.Max(MinDetail, width - others), screen.Ellipsis);
        }

        return screen.Format(Columns, rows).Select(line => line.TrimEnd());
    }

    /// <summary>One call of a stream whose other calls are not known: the columns have usual widths.</summary>
    public string FormatOne(RecordedCall call)
    {
        int[] widths = [12, 12, 8, 28, 12, 8, 7, 7, 6, 0];
        var row = Row(call);
        var padded = row.Select(
            (cell, at) => cell with { Text = Columns[at].IsNumber ? cell.Text.PadLeft(widths[at]) : cell.Text.PadRight(widths[at]) }
        );
        return screen
            .Format(
                Columns,
                [
                    [.. padded],
                ]
            )[1]
            .TrimEnd();
    }

    /// <summary>What a call is called: its tool where it has one, else its method.</summary>
    public static string Title(RecordedCall call)
    {
        var title =
            call.Name is null ? call.Method
            : call.Method == "tools/call" ? call.Name
            : $"{call.Method} {call.Name}";
        return TerminalText.Line(call.Direction == RecordedDirection.Out ? "← " + title : title);
    }

    /// <summary>How it ended, in a word, with its colour.</summary>
    public static Cell Status(RecordedCall call) =>
        call.Outcome switch
        {
            CallOutcome.Ok => new("ok", Dim),
            CallOutcome.Pending => new("pending", Yellow),
            _ => new(call.ErrorCode is null or "tool_error" ? "error" : TerminalText.Line("error " + call.ErrorCode), Red),
        };

    private Cell[] Row(RecordedCall call)
    {
        var session = sessions(call.Session);
        return
        [
            Time(call.Started),
            TerminalText.Line(session?.Server ?? Units.None),
            session?.ShortId ?? Units.None,
            Title(call),
            Status(call),
            Units.Milliseconds(call.Latency?.TotalMilliseconds),
            Units.Bytes(call.RequestBytes),
            Units.Bytes(call.ResponseBytes),
            call.Id.ToString(CultureInfo.InvariantCulture),
            new(TerminalText.Line((call.ErrorText ?? "").ReplaceLineEndings(" "))),
        ];
    }

    private string Time(DateTimeOffset time)
    {
        var local = time.ToLocalTime();
        return local.ToString(
            local.Date == now.ToLocalTime().Date ? "HH:mm:ss.fff" : "yyyy-MM-dd HH:mm:ss.fff",
            CultureInfo.InvariantCulture
        );
    }
}
