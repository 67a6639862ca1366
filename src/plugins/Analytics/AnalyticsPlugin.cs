using Kilometers.Analytics;
using Kilometers.Analytics.Writing;
using Kilometers.Contracts;
using Kilometers.Plugin.Sdk;
using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Plugin.Sdk.Redaction;
using Kilometers.Plugins.Analytics.Anomalies;
using Kilometers.Plugins.Analytics.Counting;

namespace Kilometers.Plugins.Analytics;

/// <summary>Counts a session's calls for <c>km report</c>.</summary>
/// <param name="shared">What all sessions share.</param>
internal sealed class AnalyticsPlugin(SharedAnalytics shared) : KilometersPlugin
{
    private SessionFigures? _figures;
    private SessionCount? _count;

    public override string Name => "analytics";

    public override Tier RequiredTier => Tier.Pro;

    public override IReadOnlyList<string> Features => [SharedAnalytics.Feature];

    /// <summary>With payloads: arguments tell whether a call is a repetition, and the listing which tools there are.</summary>
    public override Interest Interest { get; } =
        new() { Kinds = [MessageKind.Request, MessageKind.Response, MessageKind.ErrorResponse, MessageKind.Notification] };

    public override ValueTask InitializeAsync(CancellationToken cancellationToken)
    {
        var server = SecretMasker.Redact(Session.ServerLabel);
        _figures = shared.Writer!.Begin(
            new SessionFacts
            {
                Key = Session.Id,
                Server = server,
                Started = Session.StartedAt,
                LastSeen = Session.StartedAt,
            }
        );
        var watched = shared.Detector is { } detector ? new WatchedSession(detector, Session.Id, server) : null;
        _count = new SessionCount(_figures, shared.Hash, watched, () => shared.MayAlarm);
        return ValueTask.CompletedTask;
    }

    public override ValueTask HandleMessageAsync(ObservedMessage message, CancellationToken cancellationToken)
    {
        if (shared.IsEntitled)
            _count!.Add(message);
        return ValueTask.CompletedTask;
    }

    public override ValueTask HandleStreamEventAsync(StreamEvent streamEvent, CancellationToken cancellationToken)
    {
        if (shared.IsEntitled)
            _count!.Add(streamEvent);
        return ValueTask.CompletedTask;
    }

    public override ValueTask ShutdownAsync(CancellationToken cancellationToken)
    {
        _figures?.Leave();
        return ValueTask.CompletedTask;
    }
}
