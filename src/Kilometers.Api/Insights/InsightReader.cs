using Kilometers.Analytics;
using Kilometers.Api.Events.Queries;
using Kilometers.Api.Storage;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;
using Microsoft.EntityFrameworkCore;

namespace Kilometers.Api.Insights;

/// <summary>Puts a customer's figures together. Histograms are merged, so percentiles are those of all calls, not means of percentiles.</summary>
internal sealed class InsightReader(IDbContextFactory<ApiDatabase> databases)
{
    /// <exception cref="KmException"><c>API_REQ_001</c>: there are more groups than one answer is made of.</exception>
    /// <exception cref="System.Data.Common.DbException">The database cannot be reached, or it took too long.</exception>
    public async Task<InsightReport> ReadAsync(InsightQuery query, TimeSpan limit, CancellationToken cancellationToken)
    {
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        database.Database.SetCommandTimeout(limit);
        var sums = new Dictionary<InsightKey, CallFigures>();
        await foreach (var row in Figures(database, query).AsAsyncEnumerable().WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            // SQLite does not wait for anything, and so does not look either.
            cancellationToken.ThrowIfCancellationRequested();
            if (query.KeyOf(row) is not { } key)
                continue;
            if (!sums.TryGetValue(key, out var sum))
            {
                if (sums.Count == InsightLimits.Groups)
                    throw QueryText.Invalid($"There are more than {InsightLimits.Groups} groups; ask for a shorter time, or for a server.");
                sums[key] = sum = new CallFigures();
            }

            sum.Add(InsightShapes.Sum(row));
        }

        var ordered =
            query.By == InsightGrouping.Hour
                ? sums.OrderBy(pair => pair.Key.Hour)
                : sums.OrderByDescending(pair => pair.Value.Calls)
                    .ThenBy(pair => pair.Key.Server, StringComparer.Ordinal)
                    .ThenBy(pair => pair.Key.Tool ?? pair.Key.Method ?? pair.Key.Client ?? pair.Key.Installation, StringComparer.Ordinal)
                    .ThenBy(pair => pair.Key.IsFromServer);
        return new()
        {
            Since = query.Since,
            Before = query.Before,
            By = query.By,
            Groups = [.. ordered.Take(query.Limit).Select(pair => InsightShapes.Group(pair.Key, pair.Value, query.WithHistograms))],
            HasMore = sums.Count > query.Limit,
            Alarms = await AlarmsAsync(database, query, cancellationToken).ConfigureAwait(false),
        };
    }

    private static IQueryable<InsightRow> Figures(ApiDatabase database, InsightQuery query)
    {
        var (first, end) = Hours(query);
        var rows = database.Insights.Where(row => row.CustomerId == query.CustomerId && row.Hour >= first && row.Hour < end);
        if (query.Server is { } server)
            rows = rows.Where(row => row.Server == server);
        if (query.Client is { } client)
            rows = rows.Where(row => row.Client == client);
        if (query.Method is { } method)
            rows = rows.Where(row => row.Method == method);
        if (query.Name is { } name)
            rows = rows.Where(row => row.Name == name);
        if (query.Installation is { } installation)
            rows = rows.Where(row => row.Installation == installation);
        return rows;
    }

    /// <summary>An alarm has a server and a tool; who asks for a client or a method asks for none.</summary>
    private static async Task<IReadOnlyList<InsightAlarm>> AlarmsAsync(
        ApiDatabase database,
        InsightQuery query,
        CancellationToken cancellationToken
    )
    {
        if (query.Client is not null || query.Method is not null)
            return [];
        var (first, end) = Hours(query);
        var rows = database.InsightAlarms.Where(row => row.CustomerId == query.CustomerId && row.Hour >= first && row.Hour < end);
        if (query.Server is { } server)
            rows = rows.Where(row => row.Server == server);
        if (query.Name is { } name)
            rows = rows.Where(row => row.Tool == name);
        if (query.Installation is { } installation)
            rows = rows.Where(row => row.Installation == installation);
        var found = await rows.OrderByDescending(row => row.Time)
            .ThenByDescending(row => row.Installation)
            .ThenByDescending(row => row.Number)
            .Take(query.Limit)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        return [.. found.Select(InsightShapes.Alarm)];
    }

    /// <summary>From the hour in which the time begins to the one that begins when it ends.</summary>
    private static (long First, long End) Hours(InsightQuery query)
    {
        var end = HourKey.HourOf(query.Before);
        return (HourKey.HourOf(query.Since), query.Before.UtcTicks % TimeSpan.TicksPerHour == 0 ? end : end + 1);
    }
}
