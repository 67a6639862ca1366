using System.Text.RegularExpressions;
using Kilometers.Analytics;
using Kilometers.Analytics.Reading;
using Kilometers.Analytics.Storage;
using Kilometers.Cli.Output;
using Kilometers.Definitions;

namespace Kilometers.Cli.Commands.Recordings;

/// <summary>
/// Reads what plugins found, to be shown with calls. A plugin that is not installed has found nothing, and one whose files cannot be read
/// hides no call: <c>km report</c> and <c>km guard</c> say what is wrong.
/// </summary>
/// <param name="analytics">The folder of analytics; null: there is none.</param>
/// <param name="guard">The folder of guard; null: there is none.</param>
/// <param name="time">The clock.</param>
internal sealed partial class PluginFindings(string? analytics, string? guard, TimeProvider time)
{
    /// <summary>The name of a plugin that finds something.</summary>
    public const string Analytics = "analytics",
        Guard = "guard";

    /// <summary>What was found, the newest first.</summary>
    /// <param name="since">From this time on; null: ever.</param>
    /// <param name="session">Only in the session with this id; null: in all.</param>
    public IReadOnlyList<PluginFinding> Read(DateTimeOffset? since, string? session = null) =>
        [
            .. Alarms(since, session)
                .Concat(OfGuard(since, session))
                .OrderByDescending(one => one.Time)
                .ThenBy(one => one.Code, StringComparer.Ordinal),
        ];

    private List<PluginFinding> Alarms(DateTimeOffset? since, string? session)
    {
        if (analytics is null)
            return [];
        try
        {
            using var reader = AnalyticsReader.Open(analytics);
            var collected = session is null ? null : reader.SessionOf(session);
            return session is not null && collected is null
                ? []
                : [.. reader.Anomalies(new ReportScope { Since = since, Session = collected }).Select(Alarm)];
        }
        catch (AnalyticsException)
        {
            return [];
        }
    }

    private static PluginFinding Alarm(Anomaly anomaly) =>
        new()
        {
            Plugin = Analytics,
            Code = AnomalyNames.Of(anomaly.Kind),
            Severity = Severity.Medium,
            Session = anomaly.Session,
            Call = anomaly.Sequence,
            Server = anomaly.Server,
            Tool = anomaly.Tool.Length > 0 ? anomaly.Tool : null,
            Time = anomaly.Time,
            Text = AnomalyWords.Short(anomaly),
        };

    /// <summary>guard keeps a finding once, with the sessions that had it lately: it is shown in each.</summary>
    private List<PluginFinding> OfGuard(DateTimeOffset? since, string? session)
    {
        if (guard is null)
            return [];
        try
        {
            return
            [
                .. from server in new ServerRecords(guard, time).Read(out _)
                from finding in server.Findings
                from seen in finding.SeenIn()
                where (since is null || seen.Time >= since) && (session is null || seen.Session == session)
                select new PluginFinding
                {
                    Plugin = Guard,
                    Code = finding.Code,
                    Severity = finding.Severity,
                    Session = seen.Session,
                    Call = seen.Call ?? 0,
                    Server = server.Label,
                    Tool = Tool().Match(finding.Subject) is { Success: true } match ? match.Groups[1].Value : null,
                    Time = seen.Time,
                    Text = $"{finding.Subject} {finding.Summary}",
                    Evidence = finding.Evidence,
                    Advice = finding.Advice.Replace("SERVER", server.Label, StringComparison.Ordinal),
                },
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>guard says <c>tool 'add', description</c> of a definition, and <c>tools/call 'add'</c> or its result of a call.</summary>
    [GeneratedRegex("^(?:tool|tools/call|the result of tools/call) '([^']*)'")]
    private static partial Regex Tool();
}
