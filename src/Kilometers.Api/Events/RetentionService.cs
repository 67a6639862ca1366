using Kilometers.Api.Configuration;
using Kilometers.Api.Events.Model;
using Kilometers.Api.Events.Storage;
using Kilometers.Api.Http;

namespace Kilometers.Api.Events;

/// <summary>Deletes events that have become too old.</summary>
internal sealed class RetentionService(
    IEventStore store,
    EventRetention retention,
    EventOptions options,
    TimeProvider time,
    ILogger<RetentionService> logger
) : PeriodicService("deleting events that are too old", options.RetentionInterval, time, logger)
{
    public override async Task RunAsync(CancellationToken cancellationToken) =>
        await store.PurgeAsync(retention, Time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
}
