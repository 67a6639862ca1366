using System.Data.Common;
using Kilometers.Api.Configuration;
using Kilometers.Api.Events.Model;
using Kilometers.Api.Storage;
using Npgsql;

namespace Kilometers.Api.Events.Storage;

/// <summary>
/// Events in PostgreSQL, in a table with a partition per day. The customer leads the primary key, so that the table can be distributed by
/// customer. (customer, day, id) rather than (customer, id, day): within a partition both are the same, and "newest first" is the order of
/// this one. For any number of nodes.
/// </summary>
internal sealed class PostgresEventStore : IEventStore, IEventDatabase, IAsyncDisposable
{
    // Any number that nothing else in the database uses.
    private const string PurgeLock = "SELECT pg_try_advisory_lock(5642117304)";
    private const string PurgeUnlock = "SELECT pg_advisory_unlock(5642117304)";

    private readonly NpgsqlDataSource _source;
    private readonly DayPartitions _partitions;
    private readonly SchemaMigration _migration;
    private readonly TimeProvider _time;

    public PostgresEventStore(DatabaseOptions options, TimeProvider time)
    {
        _source = new NpgsqlDataSourceBuilder(options.ConnectionString).Build();
        _partitions = new DayPartitions(_source);
        _migration = new SchemaMigration(options, SchemaMigration.Events);
        _time = time;
    }

    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        await _migration.RunAsync(SchemaMigration.NewestOf(SchemaMigration.Events), cancellationToken).ConfigureAwait(false);
        await _partitions.EnsureAheadAsync(_time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
    }

    public Task CheckAsync(CancellationToken cancellationToken) => _migration.CheckAsync(cancellationToken);

    public async Task<long> DeleteAsync(string customerId, CancellationToken cancellationToken)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var command = new NpgsqlCommand("DELETE FROM events WHERE customer = $1", connection)
        {
            Parameters = { new() { Value = customerId } },
            CommandTimeout = 0,
        };
        return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    public async Task<bool[]> WriteAsync(IReadOnlyList<NewEvent> events, CancellationToken cancellationToken)
    {
        await _partitions.EnsureAsync(events.Select(e => e.Day), cancellationToken).ConfigureAwait(false);
        await using var connection = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // In the usual case nothing is there: a batch comes again only when its answer was lost.
            if (!await PostgresInsert.TryCopyAsync(connection, events, cancellationToken).ConfigureAwait(false))
                return await PostgresInsert.InsertAsync(connection, events, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.CheckViolation)
        {
            _partitions.Forget();
            throw;
        }

        var stored = new bool[events.Count];
        Array.Fill(stored, true);
        return stored;
    }

    public async Task PurgeAsync(EventRetention retention, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await _partitions.EnsureAheadAsync(now, cancellationToken).ConfigureAwait(false);
        await using var connection = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        if (await ScalarAsync(connection, PurgeLock, cancellationToken).ConfigureAwait(false) is not true)
            return;
        try
        {
            foreach (var day in await DayPartitions.ListAsync(connection, cancellationToken).ConfigureAwait(false))
            {
                if (day < retention.FirstDay(now))
                    await _partitions.DropAsync(connection, day, cancellationToken).ConfigureAwait(false);
                else if (day < retention.FirstWholeDay(now))
                    await PurgeDayAsync(connection, day, retention, now, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            await ScalarAsync(connection, PurgeUnlock, CancellationToken.None).ConfigureAwait(false);
        }
    }

    public async Task<DbConnection> OpenAsync(CancellationToken cancellationToken) =>
        await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);

    public void Interrupt(DbConnection connection)
    {
        // The time limit of the command and the request's cancellation do.
    }

    public object IdValue(Guid id) => id;

    public Guid ReadId(DbDataReader reader, int column) => reader.GetGuid(column);

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private static async Task PurgeDayAsync(
        NpgsqlConnection connection,
        int day,
        EventRetention retention,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var customers = await CustomersAsync(connection, day, cancellationToken).ConfigureAwait(false);
        var firstDays = await retention.FirstDaysAsync(customers, now, cancellationToken).ConfigureAwait(false);
        string[] expired = [.. firstDays.Where(pair => day < pair.Value).Select(pair => pair.Key)];
        if (expired.Length == 0)
            return;
        await using var command = new NpgsqlCommand("DELETE FROM events WHERE day = $1 AND customer = ANY ($2)", connection)
        {
            Parameters =
            {
                new() { Value = day },
                new() { Value = expired },
            },
            CommandTimeout = 0,
        };
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The customers that have events of a day: one step in the index each, however many events they have.</summary>
    private static async Task<List<string>> CustomersAsync(NpgsqlConnection connection, int day, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            WITH RECURSIVE each (customer) AS (
              (SELECT customer FROM events WHERE day = $1 ORDER BY customer LIMIT 1)
              UNION ALL
              SELECT (SELECT customer FROM events WHERE day = $1 AND customer > each.customer ORDER BY customer LIMIT 1) FROM each WHERE each.customer IS NOT NULL)
            SELECT customer FROM each WHERE customer IS NOT NULL
            """,
            connection
        )
        {
            Parameters = { new() { Value = day } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var customers = new List<string>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            customers.Add(reader.GetString(0));
        return customers;
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // The constants above.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
    }
}
