using System.Data.Common;
using System.Globalization;
using Kilometers.Api.Configuration;
using Kilometers.Contracts;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Kilometers.Api.Storage;

/// <summary>
/// Brings tables to the newest version: numbered SQL scripts of each kind of database, in one transaction that only one node has at a
/// time. (Migrations that EF Core generates are for one kind of database only, and say less than SQL.) There are two series: events are
/// numbered apart, because with SQLite they have a file of their own.
/// </summary>
internal sealed class SchemaMigration(DatabaseOptions options, string series = SchemaMigration.Main)
{
    /// <summary>Everything but events.</summary>
    public const string Main = "";

    /// <summary>The table of events.</summary>
    public const string Events = "events-";

    // Any number that nothing else in the database uses.
    private const long AdvisoryLock = 5_642_117_301;

    /// <summary>The version of the main series that this program needs.</summary>
    public static int Newest { get; } = NewestOf(Main);

    /// <summary>The version of a series that this program needs.</summary>
    public static int NewestOf(string series) => ScriptsOf(series + "sqlite").Count;

    private string VersionTable => series == Main ? "schema_version" : "events_schema_version";

    /// <summary>Runs the scripts that are missing.</summary>
    /// <param name="version">Where to stop: <see cref="Newest"/>, but in tests.</param>
    /// <param name="cancellationToken">Gives up; nothing has changed then.</param>
    /// <returns>The versions before and after.</returns>
    /// <exception cref="DbException">The database cannot be reached or written.</exception>
    /// <exception cref="KmException"><c>API_CFG_001</c>: the tables are those of a newer program.</exception>
    public async Task<(int Before, int After)> RunAsync(int version, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);

        // SQLite: BEGIN IMMEDIATE, which waits for other writers.
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        if (options.Provider == DatabaseProvider.PostgreSql)
            await ExecuteAsync(
                    connection,
                    transaction,
                    string.Create(CultureInfo.InvariantCulture, $"SELECT pg_advisory_xact_lock({AdvisoryLock})"),
                    cancellationToken
                )
                .ConfigureAwait(false);
        await ExecuteAsync(
                connection,
                transaction,
                $"CREATE TABLE IF NOT EXISTS {VersionTable} (version bigint NOT NULL)",
                cancellationToken
            )
            .ConfigureAwait(false);
        var before = await VersionAsync(connection, transaction, cancellationToken).ConfigureAwait(false);
        if (before > NewestOf(series))
            throw Newer(before);
        foreach (var script in ScriptsOf(Prefix).Take(version).Skip(before))
            await ExecuteAsync(connection, transaction, script, cancellationToken).ConfigureAwait(false);
        var after = Math.Max(before, version);
        await ExecuteAsync(
                connection,
                transaction,
                string.Create(CultureInfo.InvariantCulture, $"DELETE FROM {VersionTable}; INSERT INTO {VersionTable} VALUES ({after})"),
                cancellationToken
            )
            .ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return (before, after);
    }

    /// <summary>Refuses to work with tables of another version.</summary>
    /// <exception cref="KmException"><c>API_CFG_001</c>: they are older, newer, or not there.</exception>
    /// <exception cref="DbException">The database cannot be reached.</exception>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        var version = 0;
        try
        {
            version = await VersionAsync(connection, transaction: null, cancellationToken).ConfigureAwait(false);
        }
        catch (DbException e)
            when (e
                    is PostgresException { SqlState: PostgresErrorCodes.UndefinedTable }
                        or SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_ERROR }
            )
        {
            // There is no such table: nothing was ever migrated.
        }

        var newest = NewestOf(series);
        if (version > newest)
            throw Newer(version);
        if (version < newest)
            throw new KmException(
                new KmError(
                    ErrorCode.ApiConfiguration,
                    "The database is not migrated",
                    $"{Tables} have version {version}; this km-api needs {newest}.",
                    "Run: km-api migrate"
                )
            );
    }

    private string Tables => series == Main ? "Its tables" : "Its tables of events";

    private KmException Newer(int version) =>
        new(
            new KmError(
                ErrorCode.ApiConfiguration,
                "The database belongs to a newer km-api",
                $"{Tables} have version {version}; this km-api knows {NewestOf(series)}.",
                "Use the newer km-api"
            )
        );

    private async Task<int> VersionAsync(DbConnection connection, DbTransaction? transaction, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
#pragma warning disable CA2100 // One of two names of this class.
        command.CommandText = $"SELECT COALESCE(MAX(version), 0) FROM {VersionTable}";
#pragma warning restore CA2100
        return Convert.ToInt32(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false), CultureInfo.InvariantCulture);
    }

    private static IReadOnlyList<string> ScriptsOf(string prefix)
    {
        var assembly = typeof(SchemaMigration).Assembly;
        return
        [
            .. assembly
                .GetManifestResourceNames()
                .Where(name => name.StartsWith(prefix + "-", StringComparison.Ordinal) && name.EndsWith(".sql", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(name =>
                {
                    using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
                    return reader.ReadToEnd();
                }),
        ];
    }

    private static async Task ExecuteAsync(
        DbConnection connection,
        DbTransaction? transaction,
        string sql,
        CancellationToken cancellationToken
    )
    {
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
#pragma warning disable CA2100 // The scripts of this assembly and numbers; nothing comes from outside.
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private string Prefix => series + (options.Provider == DatabaseProvider.PostgreSql ? "postgresql" : "sqlite");

    private async Task<DbConnection> OpenAsync(CancellationToken cancellationToken)
    {
        DbConnection connection =
            options.Provider == DatabaseProvider.PostgreSql
                ? new NpgsqlConnection(options.ConnectionString)
                : new SqliteConnection(options.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);

            // Readers and the writer do not wait for each other; stays with the file.
            if (options.Provider == DatabaseProvider.Sqlite)
                await ExecuteAsync(connection, transaction: null, "PRAGMA journal_mode = WAL", cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
