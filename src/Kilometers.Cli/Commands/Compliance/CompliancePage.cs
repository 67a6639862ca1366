using Kilometers.Cli.Commands.Reports;
using Kilometers.Cli.Output;

namespace Kilometers.Cli.Commands.Compliance;

/// <summary>A report as one page that loads nothing, for a browser, a mail or a printer. Nothing in it depends on when or where it was made.</summary>
internal static class CompliancePage
{
    /// <summary>Rows of a table; the JSON has all.</summary>
    private const int MaxRows = 1000;

    public static string Make(ComplianceReport report)
    {
        var page = new HtmlPage("Compliance report: km", "Compliance report");
        page.Paragraph($"{report.Period}. All times are UTC.", "dim");
        var proof = ComplianceWords.Proof(report.Proof).ToList();
        page.BeginGroup(report.Proof.IsIntact ? "verdict" : "verdict broken");
        page.Paragraph(proof[0], report.Proof.IsIntact ? "" : "bad");
        page.Items(proof.Skip(1));
        page.EndGroup();
        Cards(page, report);
        Runs(page, report);
        Handled(page, report);
        foreach (var framework in report.Controls.GroupBy(control => control.Framework))
            Table(
                page,
                $"Controls: {framework.Key}",
                ["Control", "About", "Evidence (entries)", "Shows", "Does not show"],
                5,
                [.. framework],
                control => [control.Id, control.Title, ComplianceWords.Evidence(control), control.Shows, control.DoesNotShow]
            );
        page.List("What this report does not show", report.Limits);
        return page.Finish(
            $"By km {RootCommandLine.Version}. Two reports over the same records are the same bytes. Secrets are masked. Digests are shortened; km compliance --json has them whole."
        );
    }

    private static void Cards(HtmlPage page, ComplianceReport report)
    {
        var coverage = report.Coverage;
        var open = ComplianceWords.Open(report);
        page.Cards(
            ("Sessions", Units.Count(coverage.Sessions), false),
            ("Servers", Units.Count(report.Servers.Select(server => server.Server).Distinct().Count()), false),
            ("Approvals", Units.Count(report.Approvals.Count), false),
            ("Open", Units.Count(open), open > 0),
            ("Denials", Units.Count(report.Denials.Count), false),
            ("Observed", Units.Bytes(coverage.ObservedBytes), false),
            ("Not observed", Units.Bytes(coverage.UnobservedBytes), coverage.UnobservedBytes > 0)
        );
        page.Paragraph(
            $"{Units.Many(coverage.Started, "session")} started and {coverage.Ended} ended in the period; {coverage.WithoutEnd} without a recorded end, {coverage.WithoutPlugins} without plugins. {Units.Count(coverage.InboundMessages)} messages from clients, {Units.Count(coverage.OutboundMessages)} from servers; {Units.Count(coverage.ObservedBytes)} bytes observed, {Units.Count(coverage.UnobservedBytes)} bytes not observed, of sessions that ended in the period."
        );
    }

    private static void Runs(HtmlPage page, ComplianceReport report)
    {
        Table(page, "Servers", ["Server", "Command", "Program", "SHA-256", "Last used", "km", "Sessions"], 6, report.Servers, server =>
            [
                server.Server,
                ComplianceWords.Or(server.Command),
                ComplianceWords.Or(server.Program),
                ComplianceWords.Digest(server.Digest),
                ComplianceWords.Time(server.LastUsed),
                string.Join(", ", server.Km),
                Units.Count(server.Sessions),
            ]
        );
        Table(page, "Clients, as they name themselves", ["Client", "Version", "Protocol", "Sessions"], 3, report.Clients, client =>
            [
                ComplianceWords.Or(client.Client),
                ComplianceWords.Or(client.Version),
                string.Join(", ", client.Protocols),
                Units.Count(client.Sessions),
            ]
        );
        Table(page, "Plugins", ["Plugin", "Version", "SHA-256", "Signed by", "Starts", "Sessions"], 4, report.Plugins, plugin =>
            [
                plugin.Plugin,
                ComplianceWords.Or(plugin.Version),
                ComplianceWords.Digest(plugin.Digest),
                ComplianceWords.Or(plugin.Signer),
                Units.Count(plugin.Launches),
                Units.Count(plugin.Sessions),
            ]
        );
        Table(page, "Connections of plugins", ["Plugin", "Host", "Times"], 2, report.Connections, connection =>
            [connection.Plugin, connection.Host, Units.Count(connection.Times)]
        );
        Table(page, "Gaps: what was not observed", ["Time", "Code", "Server", "What", "Session", "Record"], 5, report.Gaps, gap =>
            [
                ComplianceWords.Time(gap.Time),
                gap.Code,
                ComplianceWords.Or(gap.Server),
                gap.Detail,
                ComplianceWords.Or(gap.Session),
                Units.Count(gap.Seq),
            ]
        );
        Table(
            page,
            "Decisions about what runs",
            ["Time", "User", "Event", "Plugin", "Decision", "Detail", "Record"],
            6,
            report.Decisions,
            decision =>
                [
                    ComplianceWords.Time(decision.Time),
                    ComplianceWords.Or(decision.User),
                    decision.Event,
                    ComplianceWords.Or($"{decision.Plugin} {decision.Version}".Trim()),
                    decision.Decision,
                    ComplianceWords.Or(decision.Detail),
                    Units.Count(decision.Seq),
                ]
        );
    }

    private static void Handled(HtmlPage page, ComplianceReport report)
    {
        Table(
            page,
            "Approvals of definitions",
            ["Time", "User", "Server", "What", "Also in guard's history", "Record"],
            5,
            report.Approvals,
            approval =>
                [
                    ComplianceWords.Time(approval.Time),
                    ComplianceWords.Or(approval.User),
                    approval.Server,
                    approval.What,
                    approval.IsInHistory ? "yes" : "no",
                    Units.Count(approval.Seq),
                ]
        );
        Table(page, "Accepted on first sight: nobody approved these", ["Time", "Server", "Kind", "Definitions"], 3, report.Pinned, pin =>
            [ComplianceWords.Time(pin.Time), pin.Server, Guard.ChangeLines.Name(pin.Kind), Units.Count(pin.Count)]
        );
        Table(
            page,
            "Changes of definitions",
            ["Time", "Code", "Server", "What", "Before", "After", "Handling", "Stopped"],
            7,
            report.Changes,
            change =>
                [
                    ComplianceWords.Time(change.Time),
                    change.Code,
                    change.Server,
                    ComplianceWords.Change(change),
                    ComplianceWords.Or(change.Before),
                    ComplianceWords.Or(change.After),
                    ComplianceWords.Handled(change.Handling, change.By),
                    Units.Count(change.Stopped),
                ]
        );
        Table(
            page,
            "Findings",
            ["Code", "Severity", "Server", "Finding", "Evidence", "First seen", "Last seen", "Handling"],
            8,
            report.Findings,
            finding =>
                [
                    finding.Code,
                    finding.Severity.ToString().ToLowerInvariant(),
                    finding.Server,
                    $"{finding.Subject} {finding.Summary}",
                    finding.Evidence,
                    ComplianceWords.Time(finding.FirstSeen),
                    finding.LastSeen is { } seen ? ComplianceWords.Time(seen) : "after the period",
                    ComplianceWords.Handled(finding.Handling, finding.By),
                ]
        );
        Table(page, "Denials", ["Time", "Code", "Event", "Server", "Plugin", "Why", "User", "Record"], 7, report.Denials, denial =>
            [
                ComplianceWords.Time(denial.Time),
                ComplianceWords.Or(denial.Code),
                denial.Event,
                ComplianceWords.Or(denial.Server),
                ComplianceWords.Or(denial.Plugin),
                ComplianceWords.Or(ComplianceWords.Denied(denial)),
                ComplianceWords.Or(denial.User),
                Units.Count(denial.Seq),
            ]
        );
    }

    private static void Table<T>(
        HtmlPage page,
        string title,
        IReadOnlyList<string> headers,
        int texts,
        IReadOnlyList<T> items,
        Func<T, string[]> row
    ) =>
        page.Table(
            title,
            headers,
            texts,
            items.Take(MaxRows).Select(row),
            "words",
            items.Count > MaxRows ? $"And {items.Count - MaxRows} more: km compliance --json has all." : null
        );
}
