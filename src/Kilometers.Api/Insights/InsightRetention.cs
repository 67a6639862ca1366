using Kilometers.Analytics;
using Kilometers.Api.Configuration;
using Kilometers.Api.Http;
using Kilometers.Api.Storage;
using Kilometers.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Kilometers.Api.Insights;

/// <summary>Deletes figures that have become too old: they are kept as long as events.</summary>
internal sealed class InsightRetention(
    IDbContextFactory<ApiDatabase> databases,
    EventOptions options,
    TimeProvider time,
    ILogger<InsightRetention> logger
) : PeriodicService("deleting figures that are too old", options.RetentionInterval, time, logger)
{
    /// <summary>The first hour that is kept for a tier.</summary>
    public static long FirstHour(EventOptions options, Tier tier, DateTimeOffset now) => HourKey.HourOf(now.AddDays(-options.DaysOf(tier)));

    public override async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        var customers = await database
            .Customers.Select(row => new { row.Id, row.Tier })
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        foreach (var customer in customers)
            await InsightStore
                .DeleteAsync(database, customer.Id, FirstHour(options, customer.Tier, Time.GetUtcNow()), cancellationToken)
                .ConfigureAwait(false);
    }
}
