using System.Text;
using SQLitePCL;

namespace Kilometers.Sqlite;

/// <summary>A prepared statement: bind, run, read. Parameters and columns are numbered from 0 in the order they appear.</summary>
public sealed class Statement : IDisposable
{
    private readonly SqliteDatabase _database;
    private readonly sqlite3_stmt _handle;

    /// <summary>Throws where it does not fit the file.</summary>
    internal Statement(SqliteDatabase database, string sql)
    {
        _database = database;
        database.Check(raw.sqlite3_prepare_v2(database.Handle, sql, out _handle));
    }

    public Statement Bind(int at, long value)
    {
        _database.Check(raw.sqlite3_bind_int64(_handle, at + 1, value));
        return this;
    }

    public Statement Bind(int at, long? value) => value is { } known ? Bind(at, known) : BindNull(at);

    public Statement Bind(int at, double value)
    {
        _database.Check(raw.sqlite3_bind_double(_handle, at + 1, value));
        return this;
    }

    /// <summary>An empty text is stored as null.</summary>
    public Statement Bind(int at, string? text)
    {
        if (string.IsNullOrEmpty(text))
            return BindNull(at);
        _database.Check(raw.sqlite3_bind_text(_handle, at + 1, text));
        return this;
    }

    /// <summary>Binds the last parameter.</summary>
    public Statement BindLast(long value) => Bind(raw.sqlite3_bind_parameter_count(_handle) - 1, value);

    public Statement BindText(int at, ReadOnlySpan<byte> utf8)
    {
        _database.Check(raw.sqlite3_bind_text(_handle, at + 1, utf8));
        return this;
    }

    public Statement BindBytes(int at, ReadOnlySpan<byte> bytes)
    {
        _database.Check(raw.sqlite3_bind_blob(_handle, at + 1, bytes));
        return this;
    }

    /// <summary>Goes to the next row.</summary>
    /// <returns>Whether there is one; if not, the statement can be bound and run again.</returns>
    public bool Step()
    {
        var result = raw.sqlite3_step(_handle);
        if (result == raw.SQLITE_ROW)
            return true;
        raw.sqlite3_reset(_handle);
        if (result != raw.SQLITE_DONE)
            _database.Check(result);
        return false;
    }

    /// <summary>Runs it to its end.</summary>
    /// <returns>How many rows were changed.</returns>
    public int Run()
    {
        while (Step()) { }
        return raw.sqlite3_changes(_database.Handle);
    }

    /// <summary>The first column of the first row; null if there is none.</summary>
    public long? Value()
    {
        if (!Step())
            return null;
        var value = NumberOrNull(0);
        Reset();
        return value;
    }

    public void Reset() => raw.sqlite3_reset(_handle);

    public long Number(int column) => raw.sqlite3_column_int64(_handle, column);

    public double Real(int column) => raw.sqlite3_column_double(_handle, column);

    public long? NumberOrNull(int column) =>
        raw.sqlite3_column_type(_handle, column) == raw.SQLITE_NULL ? null : raw.sqlite3_column_int64(_handle, column);

    public string? Text(int column) =>
        raw.sqlite3_column_type(_handle, column) == raw.SQLITE_NULL
            ? null
            : Encoding.UTF8.GetString(raw.sqlite3_column_blob(_handle, column));

    /// <summary>The column's bytes, of a text its UTF-8; valid until the next step.</summary>
    public ReadOnlySpan<byte> Bytes(int column) => raw.sqlite3_column_blob(_handle, column);

    public void Dispose() => _handle.Dispose();

    private Statement BindNull(int at)
    {
        _database.Check(raw.sqlite3_bind_null(_handle, at + 1));
        return this;
    }
}
