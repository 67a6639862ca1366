using Kilometers.Plugin.Sdk;
using Kilometers.Plugins.ApiLogger.Recording;
using Kilometers.Plugins.ApiLogger.Sending;
using Kilometers.Plugins.ApiLogger.Spooling;
using Microsoft.Extensions.Logging;

namespace Kilometers.Plugins.ApiLogger;

/// <summary>What all sessions of the process share: one spool on disk, one sender, one connection to the API.</summary>
/// <param name="time">The clock of everything but the messages themselves.</param>
#pragma warning disable CA1001 // One per process, ending with it.
internal sealed class SharedSpool(TimeProvider time) : PluginServices
#pragma warning restore CA1001
{
    public const string Feature = "api_logging";

    /// <summary>What a loss of power may take.</summary>
    private static readonly TimeSpan FlushInterval = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _deadline = new();
    private Running? _running;

    /// <summary>Known once it is initialized.</summary>
    public ApiLoggerSettings? Settings { get; private set; }

    private bool IsEntitled => Entitlement.Has(Feature);

    /// <exception cref="ArgumentException">A setting is missing or invalid.</exception>
    /// <exception cref="IOException">The spool cannot be made.</exception>
    public override ValueTask InitializeAsync(CancellationToken cancellationToken)
    {
        var settings = Settings = ApiLoggerSettings.Read(Configuration);
        if (settings.Unknown.Count > 0)
            Logger.LogWarning("Unknown settings are ignored: {Settings}", string.Join(", ", settings.Unknown));
        var directory = new SpoolDirectory(settings.SpoolDirectory, settings.SpoolLimits);
        var folder = directory.Open(Guid.CreateVersion7(time.GetUtcNow()).ToString("N"));
        var backlog = new Backlog(settings.BatchLimits);
        var log = new RecordingLog(Logger);
        var sender = new EventSender(
            folder,
            directory.Adopt,
            new EventsClient(settings.Endpoint, HostVersion, time),
            () => IsEntitled ? Entitlement.Token : "",
            settings.BatchLimits,
            backlog,
            new RejectedLog(settings.SpoolDirectory),
            new SendingLog(Logger),
            time
        );
        _running = new(
            folder,
            backlog,
            log,
            time.CreateTimer(_ => Flush(folder, log), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan),
            Task.Run(() => SendAsync(sender, folder), CancellationToken.None)
        );
        return ValueTask.CompletedTask;
    }

    /// <summary>Whether a message may be recorded now; what may not is counted.</summary>
    public bool MayRecord()
    {
        if (_running is not { } running)
            return false;
        if (IsEntitled)
            running.Log.Allowed();
        else
            running.Log.Forbidden();
        return IsEntitled;
    }

    /// <summary>Keeps a record: when this returns it survives the end of this process and of km.</summary>
    /// <exception cref="SpoolFullException">It is lost.</exception>
    public void Add(byte[] record)
    {
        var running = _running!;
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
    }

    /// <summary>Sends what the deadline allows; the rest stays in the spool for the next process.</summary>
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
            // After the last handler: it ends only when the process does.
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
    private sealed record Running(SpoolFolder Folder, Backlog Backlog, RecordingLog Log, ITimer Flush, Task Sending);
}
