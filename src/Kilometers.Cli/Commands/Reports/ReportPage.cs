using System.Net;
using System.Security.Cryptography;
using System.Text;
using Kilometers.Analytics;
using Kilometers.Analytics.Reading;
using Kilometers.Cli.Output;

namespace Kilometers.Cli.Commands.Reports;

/// <summary>
/// A report as one page that loads nothing: its policy allows only its own style, by its digest. Whatever others wrote becomes text, never
/// markup.
/// </summary>
/// <param name="report">The report.</param>
/// <param name="now">The time.</param>
internal sealed class ReportPage(Report report, DateTimeOffset now)
{
    private const int MaxAnomalies = 100;

    private readonly StringBuilder _page = new();

    /// <summary>The page.</summary>
    public override string ToString()
    {
        _page.Clear();
        var style = Style();
        var title = $"{ReportWords.Title(report)}: km report";
        _page.Append(
            $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '{Digest(
                style
            )}'; base-uri 'none'; form-action 'none'">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="referrer" content="no-referrer">
            <title>{Html(title)}</title>
            <style>{style}</style>
            </head>
            <body>
            <h1>{Html(ReportWords.Title(report))}</h1>
            <p class="dim">{Html(Capital(ReportWords.Time(report)))}; made {Units.Time(now)}.</p>

            """
        );
        if (report.Total.Calls == 0)
            foreach (var line in ReportWords.Head(report).Skip(1))
                _page.Append($"<p>{Html(line)}</p>\n");
        else
            Body();
        _page.Append(
            $"<footer>By km {Html(RootCommandLine.Version)}. Percentiles come from exponential histograms and are at most {Units.Percent(Math.Max(0.1, 100 * Math.Max(report.Total.Latency.RelativeError, report.Total.ResponseSize.RelativeError)))} off. Figures only: no message is kept.</footer>\n</body>\n</html>\n"
        );
        return _page.ToString();
    }

    private void Body()
    {
        Cards();
        List("Worth a look", [.. Finding.In(report).Select(finding => finding.Text)]);
        List(
            "Unusual",
            [.. report.Anomalies.Take(MaxAnomalies).Select(anomaly => $"{Units.Time(anomaly.Time)} {AnomalyWords.Full(anomaly)}")]
        );

        var parts = TimeParts.Of(report);
        _page.Append("<div class=\"charts\">\n");
        Chart(parts.AreDays ? "Calls per day" : "Calls per hour", ReportCharts.Calls(parts));
        Chart("Latency", ReportCharts.Latencies(parts));
        if (report.Tools.Any(tool => tool.Figures.Latency.Count > 0))
            Chart("Latency of tools, those with the most calls", ReportCharts.Tools(report));
        if (report.Total.AllErrors > 0)
            Chart("Errors by kind", ReportCharts.Errors(report));
        _page.Append("</div>\n");
        Tables();
    }

    /// <summary>Sentences; none: nothing.</summary>
    private void List(string title, IReadOnlyList<string> sentences)
    {
        if (sentences.Count == 0)
            return;
        Begin(title);
        _page.Append("<ul>\n");
        foreach (var sentence in sentences)
            _page.Append($"<li>{Html(sentence)}</li>\n");
        _page.Append("</ul>\n</section>\n");
    }

    private void Cards()
    {
        var total = report.Total;
        _page.Append("<dl class=\"cards\">\n");
        Card("Calls", Units.Count(total.Calls));
        Card("Errors", ReportView.ErrorsOf(total), total.AllErrors > 0);
        Card("P50", Quantile(total, 0.5));
        Card("P95", Quantile(total, 0.95));
        Card("Sessions", Units.Count(report.Sessions.Count));
        Card("Repeated calls", Units.Count(total.Duplicates));
        Card("Answers", Size(total.ResponseSize.Sum));
        _page.Append("</dl>\n");
    }

    private void Tables()
    {
        Table(
            "Tools",
            ["Tool", "Server", "Calls", "Errors", "P50", "P95", "P99", "Longest", "Repeated", "Retried", "Cancelled", "Answers, P95"],
            2,
            report.Tools.Select(tool =>
                (string[])
                    [
                        tool.Name,
                        tool.Server,
                        Units.Count(tool.Figures.Calls),
                        ReportView.ErrorsOf(tool.Figures),
                        Quantile(tool.Figures, 0.5),
                        Quantile(tool.Figures, 0.95),
                        Quantile(tool.Figures, 0.99),
                        Units.Milliseconds(tool.Figures.Latency.Count > 0 ? tool.Figures.Latency.Max * 1000 : null),
                        Units.Count(tool.Figures.Duplicates),
                        Units.Count(tool.Figures.Retries),
                        Units.Count(tool.Figures.Cancelled),
                        Units.Bytes((long?)tool.Figures.ResponseSize.Quantile(0.95)),
                    ]
            )
        );
        Table(
            "Servers",
            ["Server", "Sessions", "Failed", "Calls", "Errors", "P95", "Start", "Slowest start", "Tools", "Never used", "Answers"],
            1,
            report.Servers.Select(server =>
                (string[])
                    [
                        server.Server,
                        Units.Count(server.Sessions),
                        Units.Count(server.Crashed),
                        Units.Count(server.Figures.Calls),
                        ReportView.ErrorsOf(server.Figures),
                        Quantile(server.Figures, 0.95),
                        Units.Milliseconds(server.Startup?.TotalMilliseconds),
                        Units.Milliseconds(server.SlowestStartup?.TotalMilliseconds),
                        Units.Count(server.Offered.Count),
                        Units.Count(server.NeverUsed.Count),
                        Size(server.Figures.ResponseSize.Sum),
                    ]
            )
        );
        Table(
            "Methods",
            ["Method", "From", "Calls", "Errors", "P50", "P95", "Repeated", "Cancelled", "Progress"],
            2,
            report.Methods.Select(method =>
                (string[])
                    [
                        method.Method,
                        method.IsFromServer ? "server" : "client",
                        Units.Count(method.Figures.Calls),
                        ReportView.ErrorsOf(method.Figures),
                        Quantile(method.Figures, 0.5),
                        Quantile(method.Figures, 0.95),
                        Units.Count(method.Figures.Duplicates),
                        Units.Count(method.Figures.Cancelled),
                        Units.Count(method.Figures.Progress),
                    ]
            )
        );
        Table(
            "Clients",
            ["Client", "Sessions", "Calls", "Errors", "P95"],
            1,
            report.Clients.Select(client =>
                (string[])
                    [
                        client.Client.Length > 0 ? client.Client : "not named",
                        Units.Count(client.Sessions),
                        Units.Count(client.Figures.Calls),
                        ReportView.ErrorsOf(client.Figures),
                        Quantile(client.Figures, 0.95),
                    ]
            )
        );
    }

    /// <summary>A table; those without rows are left out.</summary>
    /// <param name="title">Its title.</param>
    /// <param name="headers">The headers.</param>
    /// <param name="texts">How many columns at the left are texts, not numbers.</param>
    /// <param name="rows">As many cells each.</param>
    private void Table(string title, IReadOnlyList<string> headers, int texts, IEnumerable<string[]> rows)
    {
        var all = rows.ToList();
        if (all.Count == 0)
            return;
        Begin(title, "long");
        _page.Append("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"").Append(title).Append("\"><table>\n<thead><tr>");
        for (var at = 0; at < headers.Count; at++)
            _page.Append($"<th scope=\"col\"{Right(at)}>{headers[at]}</th>");
        _page.Append("</tr></thead>\n<tbody>\n");
        foreach (var row in all)
        {
            _page.Append("<tr>");
            for (var at = 0; at < row.Length; at++)
                _page.Append($"<td{Right(at)}>{Html(row[at])}</td>");
            _page.Append("</tr>\n");
        }

        _page.Append("</tbody>\n</table></div>\n</section>\n");

        string Right(int at) => at >= texts ? " class=\"r\"" : "";
    }

    private void Chart(string title, SvgDrawing drawing)
    {
        Begin(title);
        _page.Append(drawing).Append("\n</section>\n");
    }

    private void Begin(string title, string style = "") =>
        _page.Append($"<section{(style.Length > 0 ? $" class=\"{style}\"" : "")}>\n<h2>{title}</h2>\n");

    private void Card(string name, string value, bool isBad = false) =>
        _page.Append($"<div class=\"card\"><dt>{name}</dt><dd{(isBad ? " class=\"bad\"" : "")}>{Html(value)}</dd></div>\n");

    private static string Quantile(CallFigures figures, double part) => Units.Milliseconds(figures.Latency.Quantile(part) * 1000);

    private static string Size(double bytes) => Units.Bytes((long)Math.Min(bytes, 1e18));

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    /// <summary>Without what could make the text look like another.</summary>
    private static string Html(string text) => WebUtility.HtmlEncode(TerminalText.Line(text, int.MaxValue));

    private static string Style()
    {
        using var stream = typeof(ReportPage).Assembly.GetManifestResourceStream("report.css")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static string Digest(string text) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
