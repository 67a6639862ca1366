using Kilometers.Analytics.Writing;
using Kilometers.Plugin.Sdk;
using Kilometers.Plugins.Analytics.Anomalies;
using Kilometers.Plugins.Analytics.Counting;
using Microsoft.Extensions.Logging;

namespace Kilometers.Plugins.Analytics;

/// <summary>What all sessions of the process share: one writer of one file, and the key that recognises repeated calls.</summary>
/// <param name="time">The clock of everything but the messages themselves.</param>
internal sealed class SharedAnalytics(TimeProvider time) : PluginServices
{
    public const string Feature = "advanced_analytics";

    /// <summary>What alarms need on top (Enterprise).</summary>
    public const string AlarmFeature = "ml_features";

    public CallHash Hash { get; } = new();

    /// <summary>Known once it is initialized.</summary>
    public AnalyticsWriter? Writer { get; private set; }

    /// <summary>Finds what is unusual; null: the user wants no alarms.</summary>
    public Detector? Detector { get; private set; }

    /// <summary>Whether the subscription allows it now.</summary>
    public bool IsEntitled => Entitlement.Has(Feature);

    /// <summary>Whether the subscription allows alarms now. Without it, nothing is learned either.</summary>
    public bool MayAlarm => Entitlement.Has(AlarmFeature);

    /// <exception cref="ArgumentException">A setting is invalid.</exception>
    public override ValueTask InitializeAsync(CancellationToken cancellationToken)
    {
        var settings = AnalyticsSettings.Read(Configuration);
        if (settings.Unknown.Count > 0)
            Logger.LogWarning("Unknown settings are ignored: {Settings}", string.Join(", ", settings.Unknown));
        Writer = new AnalyticsWriter(settings.Folder, settings.Options, time, line => Logger.LogWarning("{Line}", line));
        if (settings.AlarmRate > 0)
        {
            var detector = new Detector(settings.AlarmRate, Writer.Add);
            detector.Take(Writer.ReadLearned());
            Writer.LearnFrom(detector.TakeChanges);
            Detector = detector;
        }

        return ValueTask.CompletedTask;
    }

    public override async ValueTask ShutdownAsync(CancellationToken cancellationToken)
    {
        // A disk that does not answer is not waited for beyond the host's deadline.
        if (Writer is { } writer)
            await Task.Run(writer.Dispose, CancellationToken.None).WaitAsync(cancellationToken).ConfigureAwait(false);
    }
}
