using System.Data.Common;
using System.Globalization;
using Kilometers.Api.Configuration;
using Kilometers.Api.Events.Model;
using Kilometers.Api.Events.Storage;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Events.Queries;

/// <summary>Counts a customer's events of a time.</summary>
internal sealed class StatisticsReader(IEventDatabase database, EventOptions options)
{
    private const int MaxMethods = 1000;

    /// <summary>Counts the events that the filter lets through; it has both times.</summary>
    /// <exception cref="DbException">The database cannot be reached, or it took too long.</exception>
    public async Task<EventStatistics> ReadAsync(EventFilter filter, CancellationToken cancellationToken)
    {
        var statistics = await CountAsync(filter, cancellationToken).ConfigureAwait(false);
        return statistics.Events == 0
            ? statistics
            : statistics with
            {
                Latency = await LatencyAsync(filter, cancellationToken).ConfigureAwait(false),
            };
    }

    /// <summary>How many events of a customer there are at all.</summary>
    /// <exception cref="DbException">The database cannot be reached, or it took too long.</exception>
    public async Task<long> CountAllAsync(string customerId, CancellationToken cancellationToken)
    {
        await using var query = await EventQuery
            .BeginAsync(database, new EventFilter { CustomerId = customerId }, options.QueryTime, cancellationToken)
            .ConfigureAwait(false);
        await using var reader = await query
            .ExecuteAsync($"SELECT COUNT(*) FROM events WHERE {query.Conditions}", cancellationToken)
            .ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        return reader.GetInt64(0);
    }

    private async Task<EventStatistics> CountAsync(EventFilter filter, CancellationToken cancellationToken)
    {
        await using var query = await EventQuery.BeginAsync(database, filter, options.QueryTime, cancellationToken).ConfigureAwait(false);
        query.Set("limit", MaxMethods);
        await using var reader = await query
            .ExecuteAsync(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"""
                    WITH methods AS (
                      SELECT method, CAST(CASE kind WHEN {EventCodes.ToolError} THEN {EventCodes.Response} ELSE kind END AS smallint) AS kind, COUNT(*) AS events,
                        COUNT(*) FILTER (WHERE kind IN ({EventCodes.Errors})) AS errors, CAST(SUM(size) AS bigint) AS bytes
                      FROM events WHERE {query.Conditions} GROUP BY 1, 2)
                    SELECT method, kind, events, bytes, CAST(SUM(events) OVER () AS bigint), CAST(SUM(errors) OVER () AS bigint), CAST(SUM(bytes) OVER () AS bigint)
                    FROM methods ORDER BY events DESC, method, kind LIMIT @limit
                    """
                ),
                cancellationToken
            )
            .ConfigureAwait(false);
        var methods = new List<MethodStatistics>();
        long events = 0,
            errors = 0,
            bytes = 0;
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            methods.Add(
                new MethodStatistics
                {
                    Method = reader.IsDBNull(0) ? null : reader.GetString(0),
                    Kind = EventCodes.Kind(reader.GetInt16(1)),
                    Events = reader.GetInt64(2),
                    Bytes = reader.GetInt64(3),
                }
            );
            (events, errors, bytes) = (reader.GetInt64(4), reader.GetInt64(5), reader.GetInt64(6));
        }

        return new EventStatistics
        {
            After = filter.After!.Value,
            Before = filter.Before!.Value,
            Events = events,
            Errors = errors,
            Bytes = bytes,
            Methods = methods,
        };
    }

    private async Task<LatencyStatistics?> LatencyAsync(EventFilter filter, CancellationToken cancellationToken)
    {
        await using var query = await EventQuery.BeginAsync(database, filter, options.QueryTime, cancellationToken).ConfigureAwait(false);
        await using var reader = await query
            .ExecuteAsync(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"""
                    WITH pairs AS (
                      SELECT MIN(time) FILTER (WHERE kind <> {EventCodes.Request}) - MIN(time) FILTER (WHERE kind = {EventCodes.Request}) AS latency
                      FROM events
                      WHERE {query.Conditions} AND correlation IS NOT NULL AND kind IN ({EventCodes.Request}, {EventCodes.Response}, {EventCodes.Errors})
                      GROUP BY correlation),
                    ranked AS (SELECT latency, ROW_NUMBER() OVER (ORDER BY latency) AS place, COUNT(*) OVER () AS pairs FROM pairs WHERE latency >= 0)
                    SELECT COUNT(*), MIN(latency) FILTER (WHERE place * 100 >= pairs * 50), MIN(latency) FILTER (WHERE place * 100 >= pairs * 90),
                      MIN(latency) FILTER (WHERE place * 100 >= pairs * 99), MAX(latency)
                    FROM ranked
                    """
                ),
                cancellationToken
            )
            .ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        var pairs = reader.GetInt64(0);
        return pairs == 0
            ? null
            : new LatencyStatistics
            {
                Pairs = pairs,
                P50 = Milliseconds(reader, 1),
                P90 = Milliseconds(reader, 2),
                P99 = Milliseconds(reader, 3),
                Maximum = Milliseconds(reader, 4),
            };
    }

    private static double Milliseconds(DbDataReader reader, int column) => reader.GetInt64(column) / 1000.0;
}
