using Kilometers.Analytics.Reading;
using Kilometers.Cli.Output;

namespace Kilometers.Cli.Commands.Reports;

/// <summary>What a report is about, and its most important figures, in sentences.</summary>
internal static class ReportWords
{
    /// <summary>What it is about.</summary>
    public static string Title(Report report) =>
        report.Scope switch
        {
            { Session: { } session } => $"Session {session.ShortId} with {session.Facts.Server}",
            { Server: { } server } => $"Server {server}",
            _ => "All servers",
        };

    /// <summary>From when on.</summary>
    public static string Time(Report report) =>
        report.Scope switch
        {
            { Since: { } since } => $"since {Units.Time(since)}",
            { Session: { } session } => $"started {Units.Time(session.Facts.Started)}",
            _ => "of all time",
        };

    /// <summary>The sentences.</summary>
    public static IEnumerable<string> Head(Report report)
    {
        yield return $"{Title(report)}, {Time(report)}";
        if (report.Total.Calls == 0)
        {
            yield return report.Sessions.Count > 0
                ? $"No calls in {Units.Many(report.Sessions.Count, "session")}."
                : "No calls. Look further back, such as with --since 90d, or run a session.";
            yield break;
        }

        yield return $"{Units.Many(report.Total.Calls, "call")} in {Units.Many(report.Sessions.Count, "session")}"
            + (report.Servers.Count > 1 ? $" with {report.Servers.Count} servers" : "")
            + $", {report.Total.AllErrors} failed ({Units.Percent(100.0 * report.Total.AllErrors / report.Total.Calls)}). "
            + (
                report.Total.Latency.Count > 0
                    ? $"Half were answered within {Units.Milliseconds(report.Total.Latency.Quantile(0.5) * 1000)},"
                        + $" 95 % within {Units.Milliseconds(report.Total.Latency.Quantile(0.95) * 1000)}."
                    : "None was answered."
            );
    }
}
