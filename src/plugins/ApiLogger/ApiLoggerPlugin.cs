using Kilometers.Contracts;
using Kilometers.Plugin.Sdk;
using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Plugins.ApiLogger.Recording;
using Kilometers.Plugins.ApiLogger.Spooling;

namespace Kilometers.Plugins.ApiLogger;

/// <summary>
/// Records every message of a session, its secrets masked, in a spool on disk, from where it is sent to the Kilometers API. A handler that
/// returns has recorded its message, so that the acknowledgement km gets means that it is kept. Not sealed: tests authorize it in their own
/// way.
/// </summary>
/// <param name="spool">What all sessions share.</param>
internal class ApiLoggerPlugin(SharedSpool spool) : KilometersPlugin
{
    private EventRecorder? _recorder;

    public override string Name => "api-logger";

    public override Tier RequiredTier => Tier.Pro;

    public override IReadOnlyList<string> Features => [SharedSpool.Feature];

    public override DeliveryWish Delivery => DeliveryWish.Guaranteed;

    public override Interest Interest => new() { MetadataOnly = spool.Settings?.Capture != Capture.Full };

    public override ValueTask InitializeAsync(CancellationToken cancellationToken)
    {
        var settings = spool.Settings!;
        _recorder = settings.Capture == Capture.Off ? null : new(Session, settings.Redactor, settings.Capture == Capture.Full);
        return ValueTask.CompletedTask;
    }

    /// <exception cref="SpoolFullException">The message is lost.</exception>
    public override ValueTask HandleMessageAsync(ObservedMessage message, CancellationToken cancellationToken)
    {
        if (_recorder is { } recorder && spool.MayRecord())
            spool.Add(recorder.Record(message));
        return ValueTask.CompletedTask;
    }
}
