using Kilometers.Plugin.Sdk;
using Kilometers.Recordings.Writing;
using Microsoft.Extensions.Logging;

namespace Kilometers.Plugins.Recorder;

/// <summary>What all sessions of the process share: one writer of one file.</summary>
/// <param name="time">The clock of everything but the messages themselves.</param>
internal sealed class SharedRecording(TimeProvider time) : PluginServices
{
    /// <summary>Known once it is initialized.</summary>
    public RecorderSettings? Settings { get; private set; }

    /// <inheritdoc cref="Settings"/>
    public ItemMapping? Mapping { get; private set; }

    /// <inheritdoc cref="Settings"/>
    public RecordingWriter? Writer { get; private set; }

    /// <exception cref="ArgumentException">A setting is invalid.</exception>
    public override ValueTask InitializeAsync(CancellationToken cancellationToken)
    {
        Settings = RecorderSettings.Read(Configuration);
        if (Settings.Unknown.Count > 0)
            Logger.LogWarning("Unknown settings are ignored: {Settings}", string.Join(", ", Settings.Unknown));
        Mapping = new ItemMapping(Settings.Payloads, Settings.Redactor);
        Writer = new RecordingWriter(Settings.Folder, Settings.Options, time, line => Logger.LogWarning("{Line}", line));
        return ValueTask.CompletedTask;
    }

    public override async ValueTask ShutdownAsync(CancellationToken cancellationToken)
    {
        // A disk that does not answer is not waited for beyond the host's deadline.
        if (Writer is { } writer)
            await Task.Run(writer.Dispose, CancellationToken.None).WaitAsync(cancellationToken).ConfigureAwait(false);
    }
}
