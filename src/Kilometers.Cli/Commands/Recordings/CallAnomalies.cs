using Kilometers.Analytics;
using Kilometers.Analytics.Reading;
using Kilometers.Analytics.Storage;
using Kilometers.Recordings.Reading;

namespace Kilometers.Cli.Commands.Recordings;

/// <summary>What the plugin analytics found unusual with calls. Without its file, nothing.</summary>
internal sealed class CallAnomalies
{
    private const string Plugin = "analytics";

    private readonly ILookup<(string Session, long Sequence), Anomaly> _anomalies;

    private CallAnomalies(IEnumerable<Anomaly> anomalies) =>
        _anomalies = anomalies.ToLookup(anomaly => (anomaly.Session, anomaly.Sequence));

    public static CallAnomalies Of(CommandContext context)
    {
        try
        {
            using var reader = AnalyticsReader.Open(PluginFolder.Of(context.Paths, Plugin));
            return new CallAnomalies(reader.Anomalies(new ReportScope()));
        }
        catch (AnalyticsException)
        {
            // There is none, or `km report` says what is wrong with it: calls are shown all the same.
            return new CallAnomalies([]);
        }
    }

    /// <summary>What was found with a call.</summary>
    /// <param name="session">km's own id of its session.</param>
    /// <param name="call">The call.</param>
    public IReadOnlyList<Anomaly> Of(string? session, RecordedCall call) =>
        session is null ? [] : [.. _anomalies[(session, call.Sequence)]];
}
