using Kilometers.Api.Events.Storage;

namespace Kilometers.Api.Events.Retention;

/// <summary>Deletes events that have become too old: at the start, then every hour or as <see cref="EventOptions.RetentionInterval"/> says.</summary>
internal sealed class RetentionService(IEventStore store, EventRetention retention, EventOptions options, TimeProvider time, ILogger<RetentionService> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.RetentionInterval, time);
        do
        {
            try
            {
                await store.PurgeAsync(retention, time.GetUtcNow(), stoppingToken).ConfigureAwait(false);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                logger.LogError(e, "Events that are too old could not be deleted; the next attempt is in {Interval}", options.RetentionInterval);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }
}
