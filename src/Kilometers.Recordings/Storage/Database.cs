using SQLitePCL;

namespace Kilometers.Recordings.Storage;

/// <summary>A connection to the file of recordings. For one thread at a time.</summary>
internal sealed class Database : IDisposable
{
    /// <summary>Refuses links: a process that can write the folder could otherwise lead km to another file of the user.</summary>
    private const int OpenNoFollow = 0x01000000;

    /// <summary>How long another process may hold the write lock; km's own transactions take milliseconds.</summary>
    private const int BusyMilliseconds = 10_000;

    static Database() => raw.SetProvider(new SQLite3Provider_e_sqlite3());

    private Database(sqlite3 handle) => Handle = handle;

    public sqlite3 Handle { get; }

    /// <summary>Of a file that is read: whether it has <c>call_hours</c>.</summary>
    public bool HasHours { get; private set; }

    /// <summary>Opens the file to write it; makes it, and brings it to this version's schema.</summary>
    /// <exception cref="RecordingException">It cannot be used.</exception>
    public static Database OpenToWrite(string path) => OpenToWrite(path, Schema.Version);

    /// <summary>The same for a version of the schema; an earlier one than this only in tests.</summary>
    internal static Database OpenToWrite(string path, int version)
    {
        var database = Open(path, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE);
        try
        {
            database.Run("PRAGMA auto_vacuum=INCREMENTAL"); // Has an effect only before the first table is there.
            database.Run("PRAGMA journal_mode=WAL");
            database.Run("PRAGMA synchronous=FULL"); // With NORMAL a loss of power takes everything since the last checkpoint.
            database.Run("PRAGMA journal_size_limit=16777216");
            database.Run("PRAGMA cache_size=-8192");
            Schema.Migrate(database, version);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Opens the file to read it. Nothing in it is trusted: a plugin wrote it.</summary>
    /// <exception cref="RecordingException">It cannot be used.</exception>
    public static Database OpenToRead(string path)
    {
        if (!File.Exists(path))
            throw new RecordingException(RecordingFault.Missing, $"{path} does not exist");
        var database = Open(path, raw.SQLITE_OPEN_READONLY);
        try
        {
            database.Run("PRAGMA query_only=1");
            database.Run("PRAGMA cache_size=-4096"); // A scan of the whole file reuses pages: allocating more costs more than it saves.
            database.HasHours = Schema.Require(database) >= Schema.VersionOfHours;
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    public Statement Prepare(string sql) => new(this, sql);

    public void Run(string sql) => Check(raw.sqlite3_exec(Handle, sql));

    /// <summary>The first column of the first row; null if there is none.</summary>
    public long? Value(string sql)
    {
        using var statement = Prepare(sql);
        return statement.Value();
    }

    public long LastRow => raw.sqlite3_last_insert_rowid(Handle);

    /// <summary>Runs an action in a transaction of its own.</summary>
    public void InTransaction(Action action)
    {
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

    /// <exception cref="RecordingException">The result is a failure.</exception>
    public void Check(int result)
    {
        if (result is raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE)
            return;
        throw new RecordingException(FaultOf(result & 0xff), raw.sqlite3_errmsg(Handle).utf8_to_string());
    }

    public void Dispose() => Handle.Dispose();

    private static Database Open(string path, int flags)
    {
        var result = raw.sqlite3_open_v2(path, out var handle, flags | OpenNoFollow | raw.SQLITE_OPEN_NOMUTEX, null);
        var database = new Database(handle);
        try
        {
            database.Check(result);
            raw.sqlite3_busy_timeout(handle, BusyMilliseconds);
            database.Run("PRAGMA trusted_schema=0");
            database.Run("PRAGMA cell_size_check=1");
            database.Run("PRAGMA temp_store=MEMORY");
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    private static RecordingFault FaultOf(int code) =>
        code switch
        {
            raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => RecordingFault.Damaged,
            raw.SQLITE_FULL or raw.SQLITE_IOERR or raw.SQLITE_READONLY => RecordingFault.Full,
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED => RecordingFault.Busy,
            _ => RecordingFault.Other,
        };
}
