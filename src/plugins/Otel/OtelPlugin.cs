using Kilometers.Contracts;
using Kilometers.Plugin.Sdk;
using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Plugins.Otel.Operations;

namespace Kilometers.Plugins.Otel;

/// <summary>
/// Reports a session to an OpenTelemetry collector. A handler that returns has its span on disk, so that the acknowledgement km gets means that
/// it is kept. Not sealed: tests authorize it in their own way.
/// </summary>
/// <param name="telemetry">What all sessions share.</param>
internal class OtelPlugin(SharedTelemetry telemetry) : KilometersPlugin
{
    private Pipeline? _pipeline;
    private SessionReport? _report;
    private OperationTracker? _operations;

    public override string Name => "otel";

    public override Tier RequiredTier => Tier.Pro;

    public override IReadOnlyList<string> Features => [SharedTelemetry.Feature];

    public override DeliveryWish Delivery => DeliveryWish.Guaranteed;

    public override Interest Interest =>
        telemetry.IsUsed
            ? new() { Kinds = [MessageKind.Request, MessageKind.Response, MessageKind.ErrorResponse] }
            : new()
            {
                Kinds = [MessageKind.Request],
                Methods = ["initialize"],
                MetadataOnly = true,
            };

    public override ValueTask InitializeAsync(CancellationToken cancellationToken)
    {
        if (!telemetry.IsUsed)
            return ValueTask.CompletedTask;
        _pipeline = telemetry.PipelineOf(Session.ServerLabel, Version);
        _report = new SessionReport(_pipeline, telemetry.Settings!, Session);
        _operations = new OperationTracker(telemetry.Settings!.Payloads, _report.Add);
        return ValueTask.CompletedTask;
    }

    public override ValueTask HandleMessageAsync(ObservedMessage message, CancellationToken cancellationToken)
    {
        if (_operations is null || !telemetry.IsEntitled)
            return ValueTask.CompletedTask;
        _operations.Add(message);
        return message.Kind == MessageKind.Request ? ValueTask.CompletedTask : new(_pipeline!.Written);
    }

    public override ValueTask HandleStreamEventAsync(StreamEvent streamEvent, CancellationToken cancellationToken)
    {
        _report?.Add(streamEvent);
        return ValueTask.CompletedTask;
    }

    public override async ValueTask ShutdownAsync(CancellationToken cancellationToken)
    {
        if (_report is null)
            return;
        if (telemetry.IsEntitled)
        {
            _operations!.Finish();
            _report.Finish();
        }

        await _pipeline!.Written.WaitAsync(cancellationToken).ConfigureAwait(false);
    }
}
