using System.Data.Common;
using Kilometers.Api.Configuration;
using Kilometers.Api.Events.Model;
using Kilometers.Api.Storage;
using Kilometers.Contracts;
using Kilometers.Files;
using Microsoft.Data.Sqlite;

namespace Kilometers.Api.Events.Storage;

/// <summary>
/// Events in a SQLite file of their own, <c>events.db</c> beside the main one: SQLite has one writer per file, and neither file waits for the
/// other's. For one node.
/// </summary>
internal sealed class SqliteEventStore : IEventStore, IEventDatabase, IDisposable
{
    private const string FileName = "events.db";
    private const int PurgeRows = 2_000;

    // synchronous=FULL: what is answered is on the disk. In WAL mode that is one fsync per transaction.
    private const string Settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 30000";

    private readonly string _connectionString;
    private readonly string _file;
    private readonly SchemaMigration _migration;
    private SqliteConnection? _writer;
    private SqliteInsert? _insert;

    public SqliteEventStore(DatabaseOptions options)
    {
        var connection = new SqliteConnectionStringBuilder(options.ConnectionString);
        var main = Path.GetFullPath(connection.DataSource);
        connection.DataSource = Path.Combine(Path.GetDirectoryName(main)!, FileName);
        if (connection.DataSource == main)
            throw new KmException(
                new KmError(
                    ErrorCode.ApiConfiguration,
                    "The database cannot be used",
                    $"{FileName} is the name of the file of events.",
                    "Give the database file another name"
                )
            );
        (_connectionString, _file) = (connection.ConnectionString, connection.DataSource);
        _migration = new SchemaMigration(options with { ConnectionString = _connectionString }, SchemaMigration.Events);
    }

    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        // For this user alone, whatever the umask; SQLite's other files follow it.
        if (!File.Exists(_file))
            PrivateFile.WriteNew(_file, []);
        await _migration.RunAsync(SchemaMigration.NewestOf(SchemaMigration.Events), cancellationToken).ConfigureAwait(false);
    }

    public Task CheckAsync(CancellationToken cancellationToken) => _migration.CheckAsync(cancellationToken);

    public async Task<long> DeleteAsync(string customerId, CancellationToken cancellationToken)
    {
        await using var connection = await ConnectAsync(cancellationToken).ConfigureAwait(false);
        await using var command = connection.CreateCommand();
        command.CommandText = "DELETE FROM events WHERE rowid IN (SELECT rowid FROM events WHERE customer = @customer LIMIT @rows)";
        command.Parameters.AddWithValue("@customer", customerId);
        command.Parameters.AddWithValue("@rows", PurgeRows);
        long deleted = 0;
        for (int some; (some = await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false)) > 0; )
            deleted += some;
        return deleted;
    }

    public async Task<bool[]> WriteAsync(IReadOnlyList<NewEvent> events, CancellationToken cancellationToken)
    {
        _writer ??= await ConnectAsync(cancellationToken).ConfigureAwait(false);
        _insert ??= new SqliteInsert(_writer);
        var stored = new bool[events.Count];
        await using var transaction = _writer.BeginTransaction();
        for (var i = 0; i < stored.Length; i++)
            stored[i] = _insert.Execute(events[i], transaction);

        await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
        return stored;
    }

    public async Task PurgeAsync(EventRetention retention, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await ConnectAsync(cancellationToken).ConfigureAwait(false);
        var customers = await CustomersAsync(connection, cancellationToken).ConfigureAwait(false);
        var firstDays = await retention.FirstDaysAsync(customers, now, cancellationToken).ConfigureAwait(false);
        await using var command = connection.CreateCommand();
        command.CommandText =
            "DELETE FROM events WHERE rowid IN (SELECT rowid FROM events WHERE customer = @customer AND day < @day LIMIT @rows)";
        command.Parameters.AddWithValue("@rows", PurgeRows);
        var (customer, day) = (command.Parameters.Add("@customer", SqliteType.Text), command.Parameters.Add("@day", SqliteType.Integer));
        foreach (var (id, firstDay) in firstDays)
        {
            (customer.Value, day.Value) = (id, firstDay);

            // A few at a time: the writer takes turns with this.
            while (await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false) > 0)
                cancellationToken.ThrowIfCancellationRequested();
        }
    }

    public async Task<DbConnection> OpenAsync(CancellationToken cancellationToken) =>
        await ConnectAsync(cancellationToken).ConfigureAwait(false);

    public void Interrupt(DbConnection connection) => SQLitePCL.raw.sqlite3_interrupt(((SqliteConnection)connection).Handle);

    public object IdValue(Guid id) => id.ToByteArray(bigEndian: true);

    public Guid ReadId(DbDataReader reader, int column) => new(reader.GetFieldValue<byte[]>(column), bigEndian: true);

    public void Dispose()
    {
        _insert?.Dispose();
        _writer?.Dispose();
    }

    /// <summary>The customers that have events: one step in the index each, however many events they have.</summary>
    private static async Task<List<string>> CustomersAsync(SqliteConnection connection, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = """
            WITH RECURSIVE each (customer) AS (
              SELECT MIN(customer) FROM events
              UNION ALL
              SELECT (SELECT MIN(customer) FROM events WHERE customer > each.customer) FROM each WHERE each.customer IS NOT NULL)
            SELECT customer FROM each WHERE customer IS NOT NULL
            """;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var customers = new List<string>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            customers.Add(reader.GetString(0));
        return customers;
    }

    private async Task<SqliteConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection(_connectionString);
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            await using var command = connection.CreateCommand();
            command.CommandText = Settings;
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
