using SQLitePCL;

namespace Kilometers.Sqlite;

/// <summary>A connection to a file of SQLite. For one thread at a time.</summary>
public class SqliteDatabase : IDisposable
{
    /// <summary>Refuses links: a process that can write the folder could otherwise lead km to another file of the user.</summary>
    private const int OpenNoFollow = 0x01000000;

    /// <summary>How long another process may hold the write lock; km's own transactions take milliseconds.</summary>
    private const int BusyMilliseconds = 10_000;

    private readonly Func<SqliteFault, string, SqliteFileException> _failure;

    static SqliteDatabase() => raw.SetProvider(new SQLite3Provider_e_sqlite3());

    /// <summary>Opens a file.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="writes">Whether to write it, and to make it where there is none.</param>
    /// <param name="failure">Makes what is thrown, of the fault and what happened.</param>
    protected SqliteDatabase(string path, bool writes, Func<SqliteFault, string, SqliteFileException> failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        _failure = failure;
        if (!writes && !File.Exists(path))
            throw failure(SqliteFault.Missing, $"{path} does not exist");
        var flags = writes ? raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE : raw.SQLITE_OPEN_READONLY;
        var result = raw.sqlite3_open_v2(path, out var handle, flags | OpenNoFollow | raw.SQLITE_OPEN_NOMUTEX, null);
        Handle = handle;
        try
        {
            Check(result);
            raw.sqlite3_busy_timeout(handle, BusyMilliseconds);
            Run("PRAGMA trusted_schema=0");
            Run("PRAGMA cell_size_check=1");
            Run("PRAGMA temp_store=MEMORY");
            if (writes)
                PrepareToWrite();
            else
                PrepareToRead();
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    internal sqlite3 Handle { get; }

    /// <summary>The row that was inserted last.</summary>
    public long LastRow => raw.sqlite3_last_insert_rowid(Handle);

    /// <summary>What the file needs, without the pages that are free, in bytes.</summary>
    public long Used => ((Value("PRAGMA page_count") ?? 0) - (Value("PRAGMA freelist_count") ?? 0)) * (Value("PRAGMA page_size") ?? 0);

    /// <summary>A statement; the caller disposes it.</summary>
    public Statement Prepare(string sql) => new(this, sql);

    /// <summary>Runs statements without parameters.</summary>
    public void Run(string sql) => Check(raw.sqlite3_exec(Handle, sql));

    /// <summary>The first column of the first row; null if there is none.</summary>
    public long? Value(string sql)
    {
        using var statement = Prepare(sql);
        return statement.Value();
    }

    /// <summary>Runs an action in a transaction of its own.</summary>
    public void InTransaction(Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        Run("BEGIN IMMEDIATE");
        try
        {
            action();
            Run("COMMIT");
        }
        catch
        {
            Rollback();
            throw;
        }
    }

    /// <summary>Takes a transaction back, where one is open: SQLite has ended it itself after some faults.</summary>
    public void Rollback() => raw.sqlite3_exec(Handle, "ROLLBACK");

    /// <summary>Gives the space of deleted rows back to the disk.</summary>
    public void Shrink()
    {
        Run("PRAGMA incremental_vacuum");
        Run("PRAGMA wal_checkpoint(PASSIVE)");
    }

    /// <summary>Throws what stands for a failure.</summary>
    public void Check(int result)
    {
        if (result is raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE)
            return;
        throw Failure(FaultOf(result & 0xff), raw.sqlite3_errmsg(Handle).utf8_to_string());
    }

    /// <summary>What is thrown for a fault.</summary>
    public SqliteFileException Failure(SqliteFault fault, string message) => _failure(fault, message);

    /// <inheritdoc/>
    public void Dispose()
    {
        Handle.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Makes a connection ready for use; one that cannot be is closed.</summary>
    protected static T Ready<T>(T database, Action<T> prepare)
        where T : SqliteDatabase
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(prepare);
        try
        {
            prepare(database);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    private void PrepareToWrite()
    {
        Run("PRAGMA auto_vacuum=INCREMENTAL"); // Has an effect only before the first table is there.
        Run("PRAGMA journal_mode=WAL");
        Run("PRAGMA synchronous=FULL"); // With NORMAL a loss of power takes everything since the last checkpoint.
        Run("PRAGMA journal_size_limit=16777216");
        Run("PRAGMA cache_size=-8192");
    }

    private void PrepareToRead()
    {
        Run("PRAGMA query_only=1");
        Run("PRAGMA cache_size=-4096"); // A scan of the whole file reuses pages: allocating more costs more than it saves.
    }

    private static SqliteFault FaultOf(int code) =>
        code switch
        {
            raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => SqliteFault.Damaged,
            raw.SQLITE_FULL or raw.SQLITE_IOERR or raw.SQLITE_READONLY => SqliteFault.Full,
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED => SqliteFault.Busy,
            _ => SqliteFault.Other,
        };
}
