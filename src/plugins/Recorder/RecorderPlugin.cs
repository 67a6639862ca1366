using Kilometers.Contracts;
using Kilometers.Plugin.Sdk;
using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Recordings.Writing;
using Microsoft.Extensions.Logging;

namespace Kilometers.Plugins.Recorder;

/// <summary>Records sessions in the file that <c>km sessions</c>, <c>km logs</c> and <c>km stats</c> read.</summary>
/// <param name="time">The clock of everything but the messages themselves.</param>
#pragma warning disable CA1001 // One per process, ending with it.
internal sealed class RecorderPlugin(TimeProvider time) : KilometersPlugin
#pragma warning restore CA1001
{
    private RecorderSettings? _settings;
    private ItemMapping? _mapping;
    private RecordingWriter? _writer;
    private SessionRecording? _recording;

    public override string Name => "recorder";

    public override string Version => "1.0.0";

    public override Tier RequiredTier => Tier.Free;

    public override Interest Interest => new() { MetadataOnly = _settings?.Payloads == Payloads.Off };

    /// <exception cref="ArgumentException">A setting is invalid.</exception>
    public override ValueTask InitializeAsync(CancellationToken cancellationToken)
    {
        _settings = RecorderSettings.Read(Configuration);
        if (_settings.Unknown.Count > 0)
            Logger.LogWarning("Unknown settings are ignored: {Settings}", string.Join(", ", _settings.Unknown));
        _mapping = new ItemMapping(_settings.Payloads, _settings.Redactor);
        _writer = new RecordingWriter(_settings.Folder, _settings.Options, time, line => Logger.LogWarning("{Line}", line));
        _recording = _writer.Begin(_mapping.Session(Session));
        return ValueTask.CompletedTask;
    }

    public override ValueTask HandleMessageAsync(ObservedMessage message, CancellationToken cancellationToken) =>
        _recording!.AddAsync(_mapping!.Message(message), cancellationToken);

    public override ValueTask HandleStreamEventAsync(StreamEvent streamEvent, CancellationToken cancellationToken) =>
        _mapping!.Event(streamEvent) is { } item ? _recording!.AddAsync(item, cancellationToken) : ValueTask.CompletedTask;

    public override ValueTask HandleErrorAsync(ObservedError error, CancellationToken cancellationToken) =>
        _recording!.AddAsync(_mapping!.Error(error), cancellationToken);

    public override async ValueTask ShutdownAsync(CancellationToken cancellationToken)
    {
        // A disk that does not answer is not waited for beyond the host's deadline.
        if (_writer is { } writer)
            await Task.Run(writer.Dispose, CancellationToken.None).WaitAsync(cancellationToken).ConfigureAwait(false);
    }
}
