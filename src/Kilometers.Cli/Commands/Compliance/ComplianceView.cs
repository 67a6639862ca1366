using Kilometers.Cli.Output;
using Kilometers.Definitions;

namespace Kilometers.Cli.Commands.Compliance;

/// <summary>A report as tables. Long ones are cut: the other formats have all.</summary>
/// <param name="width">The terminal's columns; null: everything is shown.</param>
/// <param name="hasColors">Whether to colour.</param>
/// <param name="ellipsis">What stands where something was cut.</param>
internal sealed class ComplianceView(int? width, bool hasColors, string ellipsis)
{
    private const int MaxRows = 20;
    private const string Red = "31";
    private const string Green = "32";
    private const string Bold = "1";
    private const int MaxName = 24;
    private const int MaxText = 200;

    /// <summary>The lines.</summary>
    public IEnumerable<string> Format(ComplianceReport report)
    {
        foreach (var line in Wrapped($"Compliance report, {report.Period}"))
            yield return line;
        foreach (var (text, at) in ComplianceWords.Proof(report.Proof).Select((text, at) => (text, at)))
        foreach (var line in Wrapped(text))
            yield return at == 0 ? Colored(line, report.Proof.IsIntact ? Green : Red) : line;
        foreach (var section in Sections(report).Where(section => section.Count > 0))
        {
            yield return "";
            foreach (var line in section)
                yield return line.TrimEnd();
        }
    }

    private IEnumerable<List<string>> Sections(ComplianceReport report)
    {
        yield return [.. Coverage(report).SelectMany(Wrapped)];
        yield return Section(
            "SERVERS",
            [new("SERVER"), new("SHA-256", 1), new("SESSIONS", IsNumber: true), new("LAST USED", 2), new("COMMAND", 3)],
            report.Servers,
            server =>
                [
                    Name(server.Server),
                    ComplianceWords.Digest(server.Digest),
                    Units.Count(server.Sessions),
                    ComplianceWords.Time(server.LastUsed),
                    Clean(server.Command),
                ]
        );
        yield return Section(
            "CLIENTS, AS THEY NAME THEMSELVES",
            [new("CLIENT"), new("VERSION"), new("SESSIONS", IsNumber: true), new("PROTOCOL", 1)],
            report.Clients,
            client => [Name(client.Client), Name(client.Version), Units.Count(client.Sessions), Clean(string.Join(", ", client.Protocols))]
        );
        yield return Section(
            "PLUGINS",
            [
                new("PLUGIN"),
                new("VERSION"),
                new("SHA-256", 1),
                new("SESSIONS", IsNumber: true),
                new("STARTS", 3, IsNumber: true),
                new("SIGNER", 2),
            ],
            report.Plugins,
            plugin =>
                [
                    Name(plugin.Plugin),
                    Name(plugin.Version),
                    ComplianceWords.Digest(plugin.Digest),
                    Units.Count(plugin.Sessions),
                    Units.Count(plugin.Launches),
                    Clean(plugin.Signer),
                ]
        );
        yield return Section(
            "CONNECTIONS OF PLUGINS",
            [new("HOST"), new("PLUGIN"), new("TIMES", IsNumber: true)],
            report.Connections,
            connection => [Clean(connection.Host), Name(connection.Plugin), Units.Count(connection.Times)]
        );
        yield return Section(
            "APPROVALS OF DEFINITIONS",
            [new("TIME", 3), new("USER"), new("SERVER"), new("RECORD", 2, IsNumber: true), new("WHAT")],
            report.Approvals,
            approval =>
                [
                    ComplianceWords.Time(approval.Time),
                    Name(approval.User),
                    Name(approval.Server),
                    Units.Count(approval.Seq),
                    Clean(approval.What),
                ]
        );
        yield return Section(
            "CHANGES OF DEFINITIONS",
            [new("TIME", 3), new("SERVER"), new("STATE"), new("APPROVED BY", 1), new("STOPPED", 2, IsNumber: true), new("WHAT")],
            report.Changes,
            change =>
                [
                    ComplianceWords.Time(change.Time),
                    Name(change.Server),
                    State(change.Handling),
                    Clean(ComplianceWords.ApprovedBy(change.By)),
                    Units.Count(change.Stopped),
                    Clean(ComplianceWords.Change(change)),
                ]
        );
        yield return Section(
            "FINDINGS",
            [new("CODE"), new("SEVERITY", 3), new("SERVER"), new("STATE"), new("APPROVED BY", 1), new("LAST SEEN", 2), new("IN")],
            report.Findings,
            finding =>
                [
                    finding.Code,
                    new(finding.Severity.ToString().ToLowerInvariant(), finding.Severity == Severity.High ? Red : null),
                    Name(finding.Server),
                    State(finding.Handling),
                    Clean(ComplianceWords.ApprovedBy(finding.By)),
                    finding.LastSeen is { } seen ? ComplianceWords.Time(seen) : "later",
                    Clean(finding.Subject.TrimEnd(',')),
                ]
        );
        yield return Section(
            "DENIALS",
            [new("TIME", 2), new("CODE"), new("EVENT", 3), new("SERVER OR PLUGIN", 1), new("WHY")],
            report.Denials,
            denial =>
                [
                    ComplianceWords.Time(denial.Time),
                    Name(denial.Code),
                    Name(denial.Event),
                    Name(denial.Server is { Length: > 0 } server ? server : denial.Plugin),
                    Clean(ComplianceWords.Denied(denial)),
                ]
        );
        yield return Section(
            "GAPS: WHAT WAS NOT OBSERVED",
            [new("TIME", 2), new("CODE", 1), new("SERVER"), new("WHAT")],
            report.Gaps,
            gap => [ComplianceWords.Time(gap.Time), Name(gap.Code), Name(gap.Server), Clean(gap.Detail)]
        );
        yield return Section(
            "DECISIONS ABOUT WHAT RUNS",
            [new("TIME", 2), new("USER"), new("EVENT"), new("DECISION"), new("PLUGIN", 1), new("DETAIL", 3)],
            report.Decisions,
            decision =>
                [
                    ComplianceWords.Time(decision.Time),
                    Name(decision.User),
                    Name(decision.Event),
                    new(decision.Decision, decision.Decision == "denied" ? Red : null),
                    Name($"{decision.Plugin} {decision.Version}".Trim()),
                    Clean(decision.Detail),
                ]
        );
        foreach (var framework in report.Controls.GroupBy(control => control.Framework))
            yield return Section(
                $"CONTROLS: {framework.Key}",
                [new("CONTROL"), new("ABOUT"), new("EVIDENCE", 1)],
                [.. framework],
                control => [Name(control.Id), Clean(control.Title), Clean(ComplianceWords.Evidence(control))],
                int.MaxValue
            );
        yield return [Colored("NOT SHOWN", Bold), .. report.Limits.SelectMany(limit => Wrapped($"- {limit}"))];
    }

    private static IEnumerable<string> Coverage(ComplianceReport report)
    {
        var coverage = report.Coverage;
        yield return $"{Units.Many(coverage.Sessions, "session")} with {Units.Many(report.Servers.Select(server => server.Server).Distinct().Count(), "server")}; {coverage.Ended} ended, {coverage.WithoutEnd} without a recorded end, {coverage.WithoutPlugins} without plugins.";
        yield return $"{Units.Count(coverage.ObservedBytes)} bytes observed in {Units.Count(coverage.InboundMessages + coverage.OutboundMessages)} messages, {Units.Count(coverage.UnobservedBytes)} bytes not observed.";
        yield return $"{Units.Many(report.Approvals.Count, "approval")}, {ComplianceWords.Open(report)} changes and findings open, {Units.Many(report.Denials.Count, "denial")}.";
    }

    private List<string> Section<T>(
        string title,
        IReadOnlyList<Column> columns,
        IReadOnlyList<T> items,
        Func<T, Cell[]> row,
        int max = MaxRows
    )
    {
        if (items.Count == 0)
            return [];
        List<string> lines =
        [
            .. Wrapped(title).Select(line => Colored(line, Bold)),
            .. ColumnTable.Format(
                columns,
                [.. items.Take(max).Select(item => (IReadOnlyList<Cell>)row(item))],
                0,
                width,
                hasColors,
                ellipsis
            ),
        ];
        if (items.Count > max)
            lines.Add($"and {items.Count - max} more, see --json");
        return lines;
    }

    private static Cell State(Handling handling) =>
        new(
            ComplianceWords.State(handling),
            handling switch
            {
                Handling.Open or Handling.Denied => Red,
                Handling.Approved => Green,
                _ => null,
            }
        );

    /// <summary>Several names fit beside each other, however long they are.</summary>
    private string Name(string? text) => ColumnTable.Cut(TerminalText.Line(ComplianceWords.Or(text)), MaxName, ellipsis);

    private static string Clean(string? text) => TerminalText.Line(ComplianceWords.Or(text), MaxText);

    private string Colored(string text, string color) => hasColors ? $"\u001b[{color}m{text}\u001b[0m" : text;

    private IEnumerable<string> Wrapped(string text) => WrappedText.Lines(text, width);
}
