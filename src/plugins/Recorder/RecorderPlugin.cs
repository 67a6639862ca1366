using Kilometers.Contracts;
using Kilometers.Plugin.Sdk;
using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Recordings.Writing;

namespace Kilometers.Plugins.Recorder;

/// <summary>Records a session in the file that <c>km sessions</c>, <c>km logs</c> and <c>km stats</c> read.</summary>
/// <param name="shared">What all sessions share.</param>
internal sealed class RecorderPlugin(SharedRecording shared) : KilometersPlugin
{
    private SessionRecording? _recording;

    public override string Name => "recorder";

    public override Tier RequiredTier => Tier.Free;

    public override Interest Interest => new() { MetadataOnly = shared.Settings?.Payloads == Payloads.Off };

    public override ValueTask InitializeAsync(CancellationToken cancellationToken)
    {
        _recording = shared.Writer!.Begin(shared.Mapping!.Session(Session));
        return ValueTask.CompletedTask;
    }

    public override ValueTask HandleMessageAsync(ObservedMessage message, CancellationToken cancellationToken) =>
        _recording!.AddAsync(shared.Mapping!.Message(message), cancellationToken);

    public override ValueTask HandleStreamEventAsync(StreamEvent streamEvent, CancellationToken cancellationToken) =>
        shared.Mapping!.Event(streamEvent) is { } item ? _recording!.AddAsync(item, cancellationToken) : ValueTask.CompletedTask;

    public override ValueTask HandleErrorAsync(ObservedError error, CancellationToken cancellationToken) =>
        _recording!.AddAsync(shared.Mapping!.Error(error), cancellationToken);
}
