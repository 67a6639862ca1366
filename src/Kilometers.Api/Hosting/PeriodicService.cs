using Kilometers.Contracts;

namespace Kilometers.Api.Hosting;

/// <summary>Does a piece of work at the start and then again and again; what fails is logged, and tried again the next time.</summary>
/// <param name="work">What it is, for the log: <c>renewing the revocation list</c>.</param>
/// <param name="interval">How long it rests.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Gets the failures.</param>
internal abstract partial class PeriodicService(string work, TimeSpan interval, TimeProvider time, ILogger logger) : BackgroundService
{
    /// <summary>The clock.</summary>
    protected TimeProvider Time => time;

    /// <summary>At which level a success is logged.</summary>
    protected virtual LogLevel Level => LogLevel.Information;

    /// <summary>Does it once.</summary>
    public abstract Task RunAsync(CancellationToken cancellationToken);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(interval, time);
        do
        {
            var start = time.GetTimestamp();
            try
            {
                await RunAsync(stoppingToken).ConfigureAwait(false);
                Done(logger, Level, work, (long)time.GetElapsedTime(start).TotalMilliseconds);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested && Problems.IsOutage(e))
            {
                Away(logger, work, ErrorCode.ApiBusy, e.Message, interval);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested && e is KmException)
            {
                Refused(logger, work, ((KmException)e).Error.Code, e.Message, interval);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Failed(logger, work, interval, e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }

    [LoggerMessage(EventId = 1, Message = "Done: {Work}, in {Milliseconds} ms")]
    private static partial void Done(ILogger logger, LogLevel level, string work, long milliseconds);

    [LoggerMessage(2, LogLevel.Warning, "Failed: {Work} [{Code}]: the database does not answer ({Reason}); the next attempt is in {Interval}")]
    private static partial void Away(ILogger logger, string work, string code, string reason, TimeSpan interval);

    [LoggerMessage(3, LogLevel.Error, "Failed: {Work} [{Code}]: {Reason}; the next attempt is in {Interval}")]
    private static partial void Refused(ILogger logger, string work, string code, string reason, TimeSpan interval);

    [LoggerMessage(4, LogLevel.Error, "Failed: {Work}; the next attempt is in {Interval}")]
    private static partial void Failed(ILogger logger, string work, TimeSpan interval, Exception exception);
}
