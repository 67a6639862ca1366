using System.Globalization;
using Kilometers.Analytics;
using Kilometers.Analytics.Reading;
using Kilometers.Cli.Output;

namespace Kilometers.Cli.Commands.Reports;

/// <summary>A report as tables.</summary>
/// <param name="width">The terminal's columns; null: everything is shown.</param>
/// <param name="hasColors">Whether to colour.</param>
/// <param name="ellipsis">What stands where something was cut.</param>
internal sealed class ReportView(int? width, bool hasColors, string ellipsis)
{
    private const string Red = "31";
    private const string Bold = "1";
    private const int MaxRows = 20;

    private static readonly Column[] Tools =
    [
        new("TOOL"),
        new("SERVER", 3),
        new("CALLS", IsNumber: true),
        new("ERRORS", IsNumber: true),
        new("P50", 1, IsNumber: true),
        new("P95", IsNumber: true),
        new("MAX", 5, IsNumber: true),
        new("REPEATED", 2, IsNumber: true),
        new("RETRIED", 6, IsNumber: true),
        new("CANCELLED", 7, IsNumber: true),
        new("OUT P95", 4, IsNumber: true),
    ];

    private static readonly Column[] Errors = [new("ERROR"), new("CALLS", IsNumber: true), new("MOSTLY", 2), new("MEANING", 1)];

    private static readonly Column[] Servers =
    [
        new("SERVER"),
        new("SESSIONS", 1, IsNumber: true),
        new("CALLS", IsNumber: true),
        new("ERRORS", IsNumber: true),
        new("P95", 2, IsNumber: true),
        new("START", IsNumber: true),
        new("SLOWEST", 5, IsNumber: true),
        new("TOOLS", 4, IsNumber: true),
        new("UNUSED", 3, IsNumber: true),
        new("OUT", 6, IsNumber: true),
    ];

    private static readonly Column[] Methods =
    [
        new("METHOD"),
        new("CALLS", IsNumber: true),
        new("ERRORS", IsNumber: true),
        new("P50", 1, IsNumber: true),
        new("P95", IsNumber: true),
        new("REPEATED", 2, IsNumber: true),
        new("CANCELLED", 4, IsNumber: true),
        new("PROGRESS", 3, IsNumber: true),
    ];

    private static readonly Column[] Clients =
    [
        new("CLIENT"),
        new("SESSIONS", 1, IsNumber: true),
        new("CALLS", IsNumber: true),
        new("ERRORS", IsNumber: true),
        new("P95", 2, IsNumber: true),
    ];

    /// <summary>The lines.</summary>
    public IEnumerable<string> Format(Report report)
    {
        foreach (var line in ReportWords.Head(report).SelectMany(Wrapped))
            yield return line;
        if (report.Total.Calls == 0)
            yield break;
        var sections = new[]
        {
            Section(Tools, report.Tools, Row),
            Section(
                Errors,
                Enum.GetValues<ErrorKind>().Where(kind => report.Total.Errors(kind) > 0).OrderByDescending(report.Total.Errors).ToList(),
                kind => Row(kind, report)
            ),
            Section(Servers, report.Servers, Row),
            Section(Methods, report.Methods, Row),
            Section(Clients, report.Clients.Count > 1 ? report.Clients : [], Row),
            Found(Finding.In(report)),
            Unusual(report.Anomalies),
        };
        foreach (var section in sections.Where(section => section.Count > 0))
        {
            yield return "";
            foreach (var line in section)
                yield return line;
        }
    }

    /// <summary>Errors, with their part.</summary>
    public static string ErrorsOf(CallFigures figures) =>
        figures.AllErrors == 0 || figures.Calls == 0
            ? Units.Count(figures.AllErrors)
            : string.Create(CultureInfo.InvariantCulture, $"{figures.AllErrors} ({100.0 * figures.AllErrors / figures.Calls:0.#} %)");

    private List<string> Section<T>(IReadOnlyList<Column> columns, IReadOnlyList<T> items, Func<T, Cell[]> row)
    {
        if (items.Count == 0)
            return [];
        var lines = ColumnTable
            .Format(columns, [.. items.Take(MaxRows).Select(row)], 0, width, hasColors, ellipsis)
            .Select(line => line.TrimEnd())
            .ToList();
        if (items.Count > MaxRows)
            lines.Add($"and {items.Count - MaxRows} more, see --json");
        return lines;
    }

    private List<string> Found(IReadOnlyList<Finding> findings) =>
        findings.Count == 0
            ? []
            :
            [
                hasColors ? $"\u001b[{Bold}mWORTH A LOOK\u001b[0m" : "WORTH A LOOK",
                .. findings.SelectMany(finding => Wrapped(finding.Text)),
            ];

    private List<string> Unusual(IReadOnlyList<Anomaly> anomalies)
    {
        if (anomalies.Count == 0)
            return [];
        List<string> lines =
        [
            hasColors ? $"\u001b[{Bold}mUNUSUAL\u001b[0m" : "UNUSUAL",
            .. anomalies.Take(MaxRows).SelectMany(anomaly => Wrapped($"{Units.Time(anomaly.Time)} {AnomalyWords.Full(anomaly)}")),
        ];
        if (anomalies.Count > MaxRows)
            lines.Add($"and {anomalies.Count - MaxRows} more, see --json");
        return lines;
    }

    private static Cell[] Row(ToolFigures tool) =>
        [
            TerminalText.Line(tool.Name),
            TerminalText.Line(tool.Server),
            Units.Count(tool.Figures.Calls),
            Failed(tool.Figures),
            Quantile(tool.Figures, 0.5),
            Quantile(tool.Figures, 0.95),
            Longest(tool.Figures),
            Units.Count(tool.Figures.Duplicates),
            Units.Count(tool.Figures.Retries),
            Units.Count(tool.Figures.Cancelled),
            Units.Bytes((long?)tool.Figures.ResponseSize.Quantile(0.95)),
        ];

    private static Cell[] Row(ErrorKind kind, Report report) =>
        [
            ErrorNames.Of(kind),
            new(Units.Count(report.Total.Errors(kind)), Red),
            report.Tools.Where(tool => tool.Figures.Errors(kind) > 0).MaxBy(tool => tool.Figures.Errors(kind)) is { } tool
                ? TerminalText.Line($"{tool.Server}/{tool.Name}")
                : Units.None,
            ErrorNames.Meaning(kind),
        ];

    private static Cell[] Row(ServerFigures server) =>
        [
            TerminalText.Line(server.Server),
            Units.Count(server.Sessions),
            Units.Count(server.Figures.Calls),
            Failed(server.Figures),
            Quantile(server.Figures, 0.95),
            Units.Milliseconds(server.Startup?.TotalMilliseconds),
            Units.Milliseconds(server.SlowestStartup?.TotalMilliseconds),
            Units.Count(server.Offered.Count),
            Units.Count(server.NeverUsed.Count),
            Units.Bytes((long)Math.Min(server.Figures.ResponseSize.Sum, 1e18)),
        ];

    private static Cell[] Row(MethodFigures method) =>
        [
            TerminalText.Line(method.IsFromServer ? "← " + method.Method : method.Method),
            Units.Count(method.Figures.Calls),
            Failed(method.Figures),
            Quantile(method.Figures, 0.5),
            Quantile(method.Figures, 0.95),
            Units.Count(method.Figures.Duplicates),
            Units.Count(method.Figures.Cancelled),
            Units.Count(method.Figures.Progress),
        ];

    private static Cell[] Row(ClientFigures client) =>
        [
            TerminalText.Line(client.Client.Length > 0 ? client.Client : Units.None),
            Units.Count(client.Sessions),
            Units.Count(client.Figures.Calls),
            Failed(client.Figures),
            Quantile(client.Figures, 0.95),
        ];

    private static Cell Failed(CallFigures figures) => new(ErrorsOf(figures), figures.AllErrors > 0 ? Red : null);

    private static string Quantile(CallFigures figures, double part) => Units.Milliseconds(figures.Latency.Quantile(part) * 1000);

    private static string Longest(CallFigures figures) => Units.Milliseconds(figures.Latency.Count > 0 ? figures.Latency.Max * 1000 : null);

    /// <summary>A sentence on as many lines as the terminal needs.</summary>
    private IEnumerable<string> Wrapped(string text) => WrappedText.Lines(text, width);
}
