using Kilometers.Contracts;
using Kilometers.Plugin.Sdk;
using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Plugins.ApiLogger.Recording;
using Kilometers.Plugins.ApiLogger.Sending;
using Kilometers.Plugins.ApiLogger.Spooling;
using Microsoft.Extensions.Logging;

namespace Kilometers.Plugins.ApiLogger;

/// <summary>
/// Records every message, its secrets masked, in a spool on disk, and sends what is there to the Kilometers API. A handler that returns has
/// recorded its message, so that the acknowledgement km gets means that it is kept. Not sealed: tests authorize it in their own way.
/// </summary>
/// <param name="time">The clock of everything but the messages themselves.</param>
#pragma warning disable CA1001 // One per process, ending with it.
internal class ApiLoggerPlugin(TimeProvider time) : KilometersPlugin
#pragma warning restore CA1001
{
    private const string Feature = "api_logging";

    /// <summary>What a loss of power may take.</summary>
    private static readonly TimeSpan FlushInterval = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _deadline = new();
    private Running? _running;
    private Capture _capture;

    public override string Name => "api-logger";

    public override string Version => "1.0.0";

    public override Tier RequiredTier => Tier.Pro;

    public override IReadOnlyList<string> Features => [Feature];

    public override DeliveryWish Delivery => DeliveryWish.Guaranteed;

    public override Interest Interest => new() { MetadataOnly = _capture != Capture.Full };

    /// <exception cref="ArgumentException">A setting is missing or invalid.</exception>
    /// <exception cref="IOException">The spool cannot be made.</exception>
    public override ValueTask InitializeAsync(CancellationToken cancellationToken)
    {
        var settings = ApiLoggerSettings.Read(Configuration);
        if (settings.Unknown.Count > 0)
            Logger.LogWarning("Unknown settings are ignored: {Settings}", string.Join(", ", settings.Unknown));
        _capture = settings.Capture;
        var directory = new SpoolDirectory(settings.SpoolDirectory, settings.SpoolLimits);
        var folder = directory.Open(Session.Id);
        var backlog = new Backlog(settings.BatchLimits);
        var log = new RecordingLog(Logger);
        var sender = new EventSender(
            folder,
            directory.Adopt,
            new EventsClient(settings.Endpoint, Session.HostVersion, time),
            () => Entitlement.Has(Feature) ? Entitlement.Token : "",
            settings.BatchLimits,
            backlog,
            new RejectedLog(settings.SpoolDirectory),
            new SendingLog(Logger),
            time
        );
        _running = new(
            new EventRecorder(Session, settings.Redactor, _capture == Capture.Full),
            folder,
            backlog,
            log,
            time.CreateTimer(_ => Flush(folder, log), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan),
            Task.Run(() => SendAsync(sender, folder), CancellationToken.None)
        );
        return ValueTask.CompletedTask;
    }

    /// <exception cref="SpoolFullException">The message is lost.</exception>
    public override ValueTask HandleMessageAsync(ObservedMessage message, CancellationToken cancellationToken)
    {
        if (_capture == Capture.Off || _running is not { } running)
            return ValueTask.CompletedTask;
        if (!Entitlement.Has(Feature))
        {
            running.Log.Forbidden();
            return ValueTask.CompletedTask;
        }
        running.Log.Allowed();
        var record = running.Recorder.Record(message);
        try
        {
            if (running.Folder.Append(record))
                running.Flush.Change(FlushInterval, Timeout.InfiniteTimeSpan);
        }
        catch (SpoolFullException exception)
        {
            running.Log.Full(exception.Message);
            throw;
        }
        running.Backlog.Add(record.Length);
        return ValueTask.CompletedTask;
    }

    /// <summary>Sends what the deadline allows; the rest stays in the spool for the next session.</summary>
    public override async ValueTask ShutdownAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        if (_running is not { } running)
            return;
        await running.Flush.DisposeAsync().ConfigureAwait(false);
        try
        {
            // A disk or a server that does not answer is not waited for: what was acknowledged is in the spool.
            await Task.Run(() => Flush(running.Folder, running.Log), CancellationToken.None)
                .WaitAsync(cancellationToken)
                .ConfigureAwait(false);
            await running.Sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await _deadline.CancelAsync().ConfigureAwait(false);
        }
    }

    private async Task SendAsync(EventSender sender, SpoolFolder folder)
    {
        try
        {
            await sender.RunAsync(_stopping.Token, _deadline.Token).ConfigureAwait(false);
        }
        finally
        {
            // After the last handler: it ends only when the plugin does.
            sender.Dispose();
            folder.Dispose();
        }
    }

    private static void Flush(SpoolFolder folder, RecordingLog log)
    {
        try
        {
            folder.Flush();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            log.NotFlushed(exception.Message);
        }
    }

    /// <summary>What <see cref="InitializeAsync"/> made.</summary>
    private sealed record Running(
        EventRecorder Recorder,
        SpoolFolder Folder,
        Backlog Backlog,
        RecordingLog Log,
        ITimer Flush,
        Task Sending
    );
}
