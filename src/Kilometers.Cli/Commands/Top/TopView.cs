using System.Globalization;
using Kilometers.Cli.Output;

namespace Kilometers.Cli.Commands.Top;

/// <summary>All running sessions in lines that fit a terminal.</summary>
/// <param name="screen">Colours, and what the terminal shows.</param>
/// <param name="width">The terminal's columns; null: everything is shown.</param>
/// <param name="height">The terminal's lines.</param>
internal sealed class TopView(Screen screen, int? width, int height)
{
    private const string Red = "31";
    private const string Yellow = "33";
    private const string Dim = "2";

    private static readonly Column[] Columns =
    [
        new(" "),
        new("SERVER"),
        new("SESSION", 6),
        new("CLIENT", 9),
        new("CALLS/S", IsNumber: true),
        new("IN/S", 8, IsNumber: true),
        new("OUT/S", 8, IsNumber: true),
        new("PENDING", 1, IsNumber: true),
        new("OLDEST", 2, IsNumber: true),
        new("P50", 5, IsNumber: true),
        new("P95", 1, IsNumber: true),
        new("ERRORS", IsNumber: true),
        new("CPU", 3, IsNumber: true),
        new("MEM", 3, IsNumber: true),
        new("CALLS", 7, IsNumber: true),
        new("PLUGINS", 4),
    ];

    private static readonly Column[] ToolColumns =
    [
        new(" "),
        new("TOOL"),
        new("SERVER", 2),
        new("CALLS", IsNumber: true),
        new("ERRORS", IsNumber: true),
        new("P50", 1, IsNumber: true),
        new("P95", IsNumber: true),
        new("SLOWEST", 2, IsNumber: true),
        new("#", 3, IsNumber: true),
    ];

    private static readonly Column[] PendingColumns =
    [
        new(" "),
        new("WAITING FOR"),
        new("SERVER", 1),
        new("SESSION", 2),
        new("AGE", IsNumber: true),
        new("#", 3, IsNumber: true),
    ];

    /// <summary>The sessions in the order that was chosen.</summary>
    public static IReadOnlyList<TopSession> Sort(TopReport report, TopOrder order) =>
        order == TopOrder.Name
            ?
            [
                .. report
                    .Sessions.OrderBy(session => session.Server, StringComparer.Ordinal)
                    .ThenBy(session => session.Key, StringComparer.Ordinal),
            ]
            :
            [
                .. report
                    .Sessions.OrderByDescending(session =>
                        order switch
                        {
                            TopOrder.Pending => session.OldestPendingSeconds ?? -1,
                            TopOrder.Latency => session.P95Ms ?? -1,
                            TopOrder.Errors => session.RecentErrors ?? -1,
                            TopOrder.Memory => session.MemoryBytes ?? -1,
                            TopOrder.Processor => session.CpuPercent ?? -1,
                            _ => session.CallsPerSecond ?? -1,
                        }
                    )
                    .ThenBy(session => session.Key, StringComparer.Ordinal),
            ];

    /// <summary>The picture.</summary>
    /// <param name="report">What there is.</param>
    /// <param name="state">What is marked and how it is sorted; null: nothing is, and every row is shown.</param>
    public IReadOnlyList<string> Format(TopReport report, TopState? state)
    {
        var sessions = Sort(report, state?.Order ?? TopOrder.Traffic);
        var lines = new List<string> { Title(report, state) };
        if (sessions.Count == 0)
        {
            lines.AddRange(["", "No session is running. Start one with: km monitor -- CMD, or let a client start it: km wrap"]);
            return Fit(lines);
        }

        lines.Add("");
        var table = Table(Columns, [.. sessions.Select(session => Row(session, state))]).ToList();

        // The sessions get half of the terminal; the marked one is always among those that are shown.
        var room = state is null ? int.MaxValue : Math.Max(3, (height - 8) / 2);
        var marked = Math.Max(0, Enumerable.Range(0, sessions.Count).FirstOrDefault(at => sessions[at].Key == state?.Selected));
        var first = Math.Clamp(marked - room + 1, 0, Math.Max(0, sessions.Count - 1));
        lines.Add(table[0]);
        lines.AddRange(table.Skip(1 + first).Take(room));
        if (sessions.Count - first > room)
            lines.Add(Paint($"  {sessions.Count - first - room} more sessions", Dim));
        if (!report.IsRecording)
            lines.AddRange(["", "Calls are shown once the recorder is installed: km plugins install recorder"]);
        var left = state is null ? int.MaxValue : height - lines.Count - 2;
        var forPending = Math.Min(report.Pending.Count, state is null ? 10 : Math.Max(0, (left / 2) - 2));
        if (forPending > 0)
            lines.AddRange(["", .. Table(PendingColumns, [.. report.Pending.Take(forPending).Select(Pending)])]);
        var forTools = Math.Min(report.Tools.Count, state is null ? 10 : height - lines.Count - 3);
        if (forTools > 0)
            lines.AddRange(["", .. Table(ToolColumns, [.. report.Tools.Take(forTools).Select(Tool)])]);
        return Fit(lines);
    }

    /// <summary>The keys.</summary>
    public IReadOnlyList<string> Help() =>
        Fit([
            "km top: keys",
            "",
            "  j k, arrows      next, previous row",
            "  Enter            the calls of a session; a call's request and response",
            "  Esc              back",
            "  s S              sort by another column",
            "  Space, PageDown  a page down; PageUp: up; g: to the top",
            "  ?                this help",
            "  q, Ctrl+C        end",
        ]);

    /// <summary>Lines that fit: no wider and no more than the terminal has.</summary>
    public IReadOnlyList<string> Fit(IEnumerable<string> lines) =>
        width is { } columns ? [.. lines.Take(Math.Max(1, height)).Select(line => TerminalText.Fold(line, columns).First())] : [.. lines];

    /// <summary>As many words as fit, the most important first.</summary>
    private string Title(TopReport report, TopState? state)
    {
        var title = string.Create(CultureInfo.InvariantCulture, $"km top  {report.At.ToLocalTime():HH:mm:ss}");
        IEnumerable<string> words =
        [
            Units.Many(report.Sessions.Count, "session"),
            string.Create(CultureInfo.InvariantCulture, $"{report.Sessions.Sum(session => session.CallsPerSecond ?? 0):0.0} calls/s"),
            string.Create(CultureInfo.InvariantCulture, $"{report.Pending.Count} pending"),
            $"{Units.Many(report.Sessions.Sum(session => session.RecentErrors ?? 0), "error")} in {Units.Span(TimeSpan.FromSeconds(report.WindowSeconds))}",
            .. state is null ? [] : (string[])["? keys", $"s sorts: {state.Order.ToString().ToLowerInvariant()}"],
        ];
        foreach (var word in words.TakeWhile(word => width is not { } columns || title.Length + word.Length + 2 <= columns))
            title += "  " + word;
        return title;
    }

    private Cell[] Row(TopSession session, TopState? state)
    {
        var isMarked = state is not null && session.Key == state.Selected;
        var ill = session.Plugins.Where(plugin => plugin.State is not ("Active" or "Disabled") || plugin.Dropped > 0).ToList();
        return
        [
            isMarked ? ">" : " ",
            new(Server(session.Server), isMarked ? "1" : null),
            session.Id,
            TerminalText.Line(session.Client ?? Units.None, 20),
            Units.Rate(session.CallsPerSecond),
            Units.Bytes((long?)session.BytesInPerSecond),
            Units.Bytes((long?)session.BytesOutPerSecond),
            new(Units.Count(session.Pending), session.Pending > 0 ? Yellow : null),
            new(session.OldestPendingSeconds is { } age ? Units.Span(TimeSpan.FromSeconds(age)) : Units.None, Yellow),
            Units.Milliseconds(session.P50Ms),
            Units.Milliseconds(session.P95Ms),
            new(Units.Count(session.RecentErrors), session.RecentErrors > 0 ? Red : null),
            session.CpuPercent is { } cpu ? string.Create(CultureInfo.InvariantCulture, $"{cpu:0} %") : Units.None,
            Units.Bytes(session.MemoryBytes),
            Units.Count(session.Calls),
            session.Problem is { } problem ? new(TerminalText.Line(problem), Red)
            : ill.Count > 0 ? new(string.Join(", ", ill.Select(Describe)), Red)
            : new(
                session.Plugins.Count == 0 ? Units.None : string.Create(CultureInfo.InvariantCulture, $"{session.Plugins.Count} ok"),
                Dim
            ),
        ];
    }

    private static string Describe(TopPlugin plugin) =>
        TerminalText.Line(
            plugin.Dropped > 0 ? $"{plugin.Name}: {plugin.Dropped} dropped" : $"{plugin.Name}: {plugin.State.ToLowerInvariant()}",
            60
        );

    private Cell[] Tool(TopTool tool) =>
        [
            " ",
            (tool.Direction == "out" ? "← " : "") + TerminalText.Line(tool.Tool, 50),
            Server(tool.Server),
            Units.Count(tool.Calls),
            new(Units.Count(tool.Errors), tool.Errors > 0 ? Red : null),
            Units.Milliseconds(tool.P50Ms),
            Units.Milliseconds(tool.P95Ms),
            Units.Milliseconds(tool.MaxMs),
            Units.Count(tool.SlowestCall),
        ];

    private Cell[] Pending(TopPending call) =>
        [
            " ",
            (call.Direction == "out" ? "← " : "") + TerminalText.Line(call.Title, 60),
            Server(call.Server),
            call.Session,
            new(Units.Span(TimeSpan.FromSeconds(call.Seconds)), Yellow),
            Units.Count(call.Call),
        ];

    /// <summary>A long name must not take the place of figures.</summary>
    private string Server(string name) => ColumnTable.Cut(TerminalText.Line(name, 60), width is < 100 ? 18 : 32, screen.Ellipsis);

    private string Paint(string text, string color) => screen.Colors ? $"\u001b[{color}m{text}\u001b[0m" : text;

    private IReadOnlyList<string> Table(IReadOnlyList<Column> columns, IReadOnlyList<IReadOnlyList<Cell>> rows) =>
        ColumnTable.Format(columns, rows, 0, width, screen.Colors, screen.Ellipsis);
}
