using Kilometers.Contracts;

namespace Kilometers.Api.Http;

/// <summary>
/// Does a piece of work once the server listens and then again and again; what fails is logged, and tried again the next time. What fails
/// because the server ends is not: the work meets a cancellation then, or services that are gone.
/// </summary>
/// <param name="work">What it is, for the log: <c>renewing the revocation list</c>.</param>
/// <param name="interval">How long it rests.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Gets the failures.</param>
internal abstract partial class PeriodicService(string work, TimeSpan interval, TimeProvider time, ILogger logger)
    : BackgroundService,
        IHostedLifecycleService
{
    private readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The clock.</summary>
    protected TimeProvider Time => time;

    /// <summary>At which level a success is logged.</summary>
    protected virtual LogLevel Level => LogLevel.Information;

    /// <summary>Does it once.</summary>
    public abstract Task RunAsync(CancellationToken cancellationToken);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Begins: a server that cannot listen has done nothing.</summary>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        _listening.TrySetResult();
        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await _listening.Task.WaitAsync(stoppingToken).ConfigureAwait(false);
            using var timer = new PeriodicTimer(interval, time);
            do await AttemptAsync(stoppingToken).ConfigureAwait(false);
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
        }
        catch (Exception) when (stoppingToken.IsCancellationRequested)
        {
            // The server ends.
        }
    }

    private async Task AttemptAsync(CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        try
        {
            await RunAsync(cancellationToken).ConfigureAwait(false);
            Done(logger, Level, work, (long)time.GetElapsedTime(start).TotalMilliseconds);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            if (Problems.IsOutage(e))
                Away(logger, work, ErrorCode.ApiBusy, e.Message, interval);
            else if (e is KmException ours)
                Refused(logger, work, ours.Error.Code, e.Message, interval);
            else
                Failed(logger, work, interval, e);
        }
    }

    [LoggerMessage(EventId = 1, Message = "Done: {Work}, in {Milliseconds} ms")]
    private static partial void Done(ILogger logger, LogLevel level, string work, long milliseconds);

    [LoggerMessage(
        2,
        LogLevel.Warning,
        "Failed: {Work} [{Code}]: the database does not answer ({Reason}); the next attempt is in {Interval}"
    )]
    private static partial void Away(ILogger logger, string work, string code, string reason, TimeSpan interval);

    [LoggerMessage(3, LogLevel.Error, "Failed: {Work} [{Code}]: {Reason}; the next attempt is in {Interval}")]
    private static partial void Refused(ILogger logger, string work, string code, string reason, TimeSpan interval);

    [LoggerMessage(4, LogLevel.Error, "Failed: {Work}; the next attempt is in {Interval}")]
    private static partial void Failed(ILogger logger, string work, TimeSpan interval, Exception exception);
}
