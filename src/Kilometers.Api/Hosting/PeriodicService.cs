namespace Kilometers.Api.Hosting;

/// <summary>Does a piece of work at the start and then again and again; what fails is logged, and tried again the next time.</summary>
/// <param name="work">What it is, for the log: <c>renewing the revocation list</c>.</param>
/// <param name="interval">How long it rests.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Gets the failures.</param>
internal abstract class PeriodicService(string work, TimeSpan interval, TimeProvider time, ILogger logger) : BackgroundService
{
    /// <summary>The clock.</summary>
    protected TimeProvider Time => time;

    /// <summary>Does it once.</summary>
    public abstract Task RunAsync(CancellationToken cancellationToken);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(interval, time);
        do
        {
            try
            {
                await RunAsync(stoppingToken).ConfigureAwait(false);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                logger.LogError(e, "Failed: {Work}; the next attempt is in {Interval}", work, interval);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }
}
