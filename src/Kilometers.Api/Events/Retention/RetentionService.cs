using Kilometers.Api.Events.Storage;
using Kilometers.Api.Hosting;

namespace Kilometers.Api.Events.Retention;

/// <summary>Deletes events that have become too old.</summary>
internal sealed class RetentionService(IEventStore store, EventRetention retention, EventOptions options, TimeProvider time, ILogger<RetentionService> logger)
    : PeriodicService("deleting events that are too old", options.RetentionInterval, time, logger)
{
    public override async Task RunAsync(CancellationToken cancellationToken) => await store.PurgeAsync(retention, Time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
}
