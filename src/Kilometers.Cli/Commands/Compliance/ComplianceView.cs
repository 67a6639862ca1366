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
            [new("SERVER"), new("SHA-256", 1), new("SESSIONS", IsNumber: true), new("LAST USED", 2), new("COMMAND", 3)],
            report.Servers,
            server =>
                [
                    Clean(server.Server),
                    ComplianceWords.Digest(server.Digest),
                    Units.Count(server.Sessions),
                    ComplianceWords.Time(server.LastUsed),
                    Clean(server.Command),
                ]
        );
        yield return Section([new("CLIENT"), new("VERSION"), new("SESSIONS", IsNumber: true), new("PROTOCOL", 1)], report.Clients, client =>
            [Clean(client.Client), Clean(client.Version), Units.Count(client.Sessions), Clean(string.Join(", ", client.Protocols))]
        );
        yield return Section(
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
                    Clean(plugin.Plugin),
                    Clean(plugin.Version),
                    ComplianceWords.Digest(plugin.Digest),
                    Units.Count(plugin.Sessions),
                    Units.Count(plugin.Launches),
                    Clean(plugin.Signer),
                ]
        );
        yield return Section([new("CONNECTED TO"), new("PLUGIN"), new("TIMES", IsNumber: true)], report.Connections, connection =>
            [Clean(connection.Host), Clean(connection.Plugin), Units.Count(connection.Times)]
        );
        yield return Section(
            [new("APPROVED"), new("BY"), new("SERVER"), new("RECORD", 2, IsNumber: true), new("WHAT", 1)],
            report.Approvals,
            approval =>
                [
                    ComplianceWords.Time(approval.Time),
                    Clean(approval.User),
                    Clean(approval.Server),
                    Units.Count(approval.Seq),
                    Clean(approval.What),
                ]
        );
        yield return Section(
            [new("CHANGED", 2), new("SERVER"), new("WHAT"), new("HANDLING", 1), new("STOPPED", 3, IsNumber: true)],
            report.Changes,
            change =>
                [
                    ComplianceWords.Time(change.Time),
                    Clean(change.Server),
                    Clean(ComplianceWords.Change(change)),
                    new(Clean(ComplianceWords.Handled(change.Handling, change.By)), ColorOf(change.Handling)),
                    Units.Count(change.Stopped),
                ]
        );
        yield return Section(
            [new("FINDING"), new("SEVERITY", 3), new("SERVER"), new("SUBJECT"), new("LAST SEEN", 2), new("HANDLING", 1)],
            report.Findings,
            finding =>
                [
                    finding.Code,
                    new(finding.Severity.ToString().ToLowerInvariant(), finding.Severity == Severity.High ? Red : null),
                    Clean(finding.Server),
                    Clean(finding.Subject.TrimEnd(',')),
                    finding.LastSeen is { } seen ? ComplianceWords.Time(seen) : "later",
                    new(Clean(ComplianceWords.Handled(finding.Handling, finding.By)), ColorOf(finding.Handling)),
                ]
        );
        yield return Section(
            [new("DENIED", 2), new("CODE"), new("EVENT", 3), new("SERVER OR PLUGIN"), new("WHY", 1)],
            report.Denials,
            denial =>
                [
                    ComplianceWords.Time(denial.Time),
                    Clean(denial.Code),
                    Clean(denial.Event),
                    Clean(denial.Server is { Length: > 0 } server ? server : denial.Plugin),
                    Clean(ComplianceWords.Denied(denial)),
                ]
        );
        yield return Section([new("NOT OBSERVED", 2), new("CODE", 3), new("SERVER"), new("WHAT", 1)], report.Gaps, gap =>
            [ComplianceWords.Time(gap.Time), gap.Code, Clean(gap.Server), Clean(gap.Detail)]
        );
        yield return Section(
            [new("DECIDED", 2), new("BY"), new("EVENT"), new("PLUGIN", 1), new("DECISION"), new("DETAIL", 3)],
            report.Decisions,
            decision =>
                [
                    ComplianceWords.Time(decision.Time),
                    Clean(decision.User),
                    Clean(decision.Event),
                    Clean($"{decision.Plugin} {decision.Version}".Trim()),
                    new(decision.Decision, decision.Decision == "denied" ? Red : null),
                    Clean(decision.Detail),
                ]
        );
        foreach (var framework in report.Controls.GroupBy(control => control.Framework))
            yield return
            [
                .. Wrapped(framework.Key).Select(line => Colored(line, Bold)),
                .. Section(
                    [new("CONTROL"), new("ABOUT"), new("EVIDENCE", 1)],
                    [.. framework],
                    control => [Clean(control.Id), Clean(control.Title), Clean(ComplianceWords.Evidence(control))],
                    int.MaxValue
                ),
            ];
        yield return [Colored("NOT SHOWN", Bold), .. report.Limits.SelectMany(limit => Wrapped($"- {limit}"))];
    }

    private static IEnumerable<string> Coverage(ComplianceReport report)
    {
        var coverage = report.Coverage;
        yield return $"{Units.Many(coverage.Sessions, "session")} with {Units.Many(report.Servers.Select(server => server.Server).Distinct().Count(), "server")}; {coverage.Ended} ended, {coverage.WithoutEnd} without a recorded end, {coverage.WithoutPlugins} without plugins.";
        yield return $"{Units.Count(coverage.ObservedBytes)} bytes observed in {Units.Count(coverage.InboundMessages + coverage.OutboundMessages)} messages, {Units.Count(coverage.UnobservedBytes)} bytes not observed.";
        yield return $"{Units.Many(report.Approvals.Count, "approval")}, {ComplianceWords.Open(report)} changes and findings open, {Units.Many(report.Denials.Count, "denial")}.";
    }

    private List<string> Section<T>(IReadOnlyList<Column> columns, IReadOnlyList<T> items, Func<T, Cell[]> row, int max = MaxRows)
    {
        if (items.Count == 0)
            return [];
        List<string> lines =
        [
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

    private static string? ColorOf(Handling handling) =>
        handling switch
        {
            Handling.Open or Handling.Denied => Red,
            Handling.Approved => Green,
            _ => null,
        };

    private static string Clean(string? text) => TerminalText.Line(ComplianceWords.Or(text), 200);

    private string Colored(string text, string color) => hasColors ? $"\u001b[{color}m{text}\u001b[0m" : text;

    private IEnumerable<string> Wrapped(string text) => WrappedText.Lines(text, width, ellipsis);
}
