using Kilometers.Api.Storage;
using Microsoft.EntityFrameworkCore;

namespace Kilometers.Api.Insights;

/// <summary>Stores hours of figures, counts them, and deletes them.</summary>
internal sealed class InsightStore(IDbContextFactory<ApiDatabase> databases)
{
    // With two numbers, locks are apart from those that have one. Any number that nothing else in the database uses so.
    private const int AdvisoryLock = 564_211_730;

    /// <summary>Puts hours in the place of what there was of them, all in one transaction.</summary>
    /// <param name="customerId">Whose they are.</param>
    /// <param name="installation">Of which installation.</param>
    /// <param name="hours">The hours.</param>
    /// <param name="withAlarms">Whether their alarms are replaced, too; else those that are there stay.</param>
    /// <param name="cancellationToken">Gives up; nothing has changed then.</param>
    /// <exception cref="DbUpdateException">They cannot be stored; nothing has changed.</exception>
    public async Task ReplaceAsync(
        string customerId,
        string installation,
        IReadOnlyList<CheckedHour> hours,
        bool withAlarms,
        CancellationToken cancellationToken
    )
    {
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await database.Database.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);

        // What comes at once from one installation is written in turns: two could delete what was there and both add theirs. SQLite has one writer.
        if (database.Database.IsNpgsql())
            await database
                .Database.ExecuteSqlAsync(
                    $"SELECT pg_advisory_xact_lock({AdvisoryLock}, hashtext({customerId + installation}))",
                    cancellationToken
                )
                .ConfigureAwait(false);
        var numbers = hours.Select(hour => hour.Hour).ToList();
        await database
            .Insights.Where(row => row.CustomerId == customerId && row.Installation == installation && numbers.Contains(row.Hour))
            .ExecuteDeleteAsync(cancellationToken)
            .ConfigureAwait(false);
        database.Insights.AddRange(hours.SelectMany(hour => hour.Figures));
        if (withAlarms)
        {
            await database
                .InsightAlarms.Where(row => row.CustomerId == customerId && row.Installation == installation && numbers.Contains(row.Hour))
                .ExecuteDeleteAsync(cancellationToken)
                .ConfigureAwait(false);
            database.InsightAlarms.AddRange(hours.SelectMany(hour => hour.Alarms));
        }

        await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>How many figures of a customer there are.</summary>
    public static Task<long> CountAsync(ApiDatabase database, string customerId, CancellationToken cancellationToken) =>
        database.Insights.LongCountAsync(row => row.CustomerId == customerId, cancellationToken);

    /// <summary>Deletes what a customer has before an hour; null: all.</summary>
    /// <returns>How many figures.</returns>
    public static async Task<long> DeleteAsync(ApiDatabase database, string customerId, long? before, CancellationToken cancellationToken)
    {
        var end = before ?? long.MaxValue;
        await database
            .InsightAlarms.Where(row => row.CustomerId == customerId && row.Hour < end)
            .ExecuteDeleteAsync(cancellationToken)
            .ConfigureAwait(false);
        return await database
            .Insights.Where(row => row.CustomerId == customerId && row.Hour < end)
            .ExecuteDeleteAsync(cancellationToken)
            .ConfigureAwait(false);
    }
}
