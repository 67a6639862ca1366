using Kilometers.Analytics;
using Kilometers.Analytics.Reading;
using Kilometers.Cli.Output;

namespace Kilometers.Cli.Commands.Reports;

/// <summary>A report as one page that loads nothing.</summary>
/// <param name="report">The report.</param>
/// <param name="now">The time.</param>
internal sealed class ReportPage(Report report, DateTimeOffset now)
{
    private const int MaxAnomalies = 100;

    private readonly HtmlPage _page = new($"{ReportWords.Title(report)}: km report", ReportWords.Title(report));

    /// <summary>The page. To be made once.</summary>
    public string Make()
    {
        _page.Paragraph($"{Capital(ReportWords.Time(report))}; made {Units.Time(now)}.", "dim");
        if (report.Total.Calls == 0)
            foreach (var line in ReportWords.Head(report).Skip(1))
                _page.Paragraph(line);
        else
            Body();
        var error = Math.Max(0.1, 100 * Math.Max(report.Total.Latency.RelativeError, report.Total.ResponseSize.RelativeError));
        return _page.Finish(
            $"By km {RootCommandLine.Version}. Percentiles come from exponential histograms and are at most {Units.Percent(error)} off. Figures only: no message is kept."
        );
    }

    private void Body()
    {
        Cards();
        _page.List("Worth a look", [.. Finding.In(report).Select(finding => finding.Text)]);
        _page.List(
            "Unusual",
            [.. report.Anomalies.Take(MaxAnomalies).Select(anomaly => $"{Units.Time(anomaly.Time)} {AnomalyWords.Full(anomaly)}")]
        );

        var parts = TimeParts.Of(report);
        _page.BeginGroup("charts");
        _page.Chart(parts.AreDays ? "Calls per day" : "Calls per hour", ReportCharts.Calls(parts));
        _page.Chart("Latency", ReportCharts.Latencies(parts));
        if (report.Tools.Any(tool => tool.Figures.Latency.Count > 0))
            _page.Chart("Latency of tools, those with the most calls", ReportCharts.Tools(report));
        if (report.Total.AllErrors > 0)
            _page.Chart("Errors by kind", ReportCharts.Errors(report));
        _page.EndGroup();
        Tables();
    }

    private void Cards()
    {
        var total = report.Total;
        _page.Cards(
            ("Calls", Units.Count(total.Calls), false),
            ("Errors", ReportView.ErrorsOf(total), total.AllErrors > 0),
            ("P50", Quantile(total, 0.5), false),
            ("P95", Quantile(total, 0.95), false),
            ("Sessions", Units.Count(report.Sessions.Count), false),
            ("Repeated calls", Units.Count(total.Duplicates), false),
            ("Answers", Size(total.ResponseSize.Sum), false)
        );
    }

    private void Tables()
    {
        _page.Table(
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
        _page.Table(
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
        _page.Table(
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
        _page.Table(
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

    private static string Quantile(CallFigures figures, double part) => Units.Milliseconds(figures.Latency.Quantile(part) * 1000);

    private static string Size(double bytes) => Units.Bytes((long)Math.Min(bytes, 1e18));

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
