using System.Globalization;
using Kilometers.Api.Events.Model;
using Npgsql;

namespace Kilometers.Api.Events.Storage;

/// <summary>
/// The table of events has one partition per day: to delete a day is to drop its partition. They are made ahead, and when an event comes for
/// a day that has none; several nodes may do so at once.
/// </summary>
internal sealed class DayPartitions(NpgsqlDataSource source)
{
    // Any number that nothing else in the database uses.
    private const long AdvisoryLock = 5_642_117_302;

    // An event may be a day ahead, and its id another.
    private const int DaysAhead = 2;

    private readonly HashSet<int> _known = [];

    /// <summary>Makes the partitions of now and of what is to come.</summary>
    public Task EnsureAheadAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        EnsureAsync(Enumerable.Range(EventIdentifier.DayOf(now), DaysAhead + 1), cancellationToken);

    /// <summary>Makes the partitions of some days, if they are not there. Cheap for those that this node has seen.</summary>
    public async Task EnsureAsync(IEnumerable<int> days, CancellationToken cancellationToken)
    {
        List<int> missing;
        lock (_known)
            missing = [.. days.Where(day => !_known.Contains(day)).Distinct()];
        if (missing.Count == 0)
            return;
        await using var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(
                connection,
                string.Create(CultureInfo.InvariantCulture, $"SELECT pg_advisory_xact_lock({AdvisoryLock})"),
                cancellationToken
            )
            .ConfigureAwait(false);

        // Not CREATE TABLE … PARTITION OF, which would wait for every query of the whole table and let all others wait behind it.
        foreach (var day in missing.Except(await ListAsync(connection, cancellationToken).ConfigureAwait(false)))
        {
            await ExecuteAsync(
                    connection,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"CREATE TABLE {Name(day)} (LIKE events INCLUDING ALL); ALTER TABLE events ATTACH PARTITION {Name(day)} FOR VALUES FROM ({day}) TO ({day + 1})"
                    ),
                    cancellationToken
                )
                .ConfigureAwait(false);
        }

        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        lock (_known)
            _known.UnionWith(missing);
    }

    /// <summary>Looks again at what is there: another node has dropped a partition.</summary>
    public void Forget()
    {
        lock (_known)
            _known.Clear();
    }

    /// <summary>The days that have partitions, in order.</summary>
    public static async Task<IReadOnlyList<int>> ListAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid WHERE inhparent = 'events'::regclass ORDER BY relname",
            connection
        );
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var days = new List<int>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            days.Add(Day(reader.GetString(0)));
        return days;
    }

    /// <summary>Drops the partition of a day with all that is in it.</summary>
    public async Task DropAsync(NpgsqlConnection connection, int day, CancellationToken cancellationToken)
    {
        // Everybody who wants the table waits behind us while we wait: not for long, then; the next time will do as well.
        await ExecuteAsync(connection, $"SET lock_timeout = '3s'; DROP TABLE {Name(day)}; RESET lock_timeout", cancellationToken)
            .ConfigureAwait(false);
        lock (_known)
            _known.Remove(day);
    }

    private static string Name(int day) =>
        "events_" + DateOnly.FromDateTime(DateTime.UnixEpoch).AddDays(day).ToString("yyyyMMdd", CultureInfo.InvariantCulture);

    private static int Day(string name) =>
        DateOnly.ParseExact(name["events_".Length..], "yyyyMMdd", CultureInfo.InvariantCulture).DayNumber
        - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Names and numbers that are computed from a day; nothing comes from outside.
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
