namespace Kilometers.Sqlite;

/// <summary>A file of SQLite cannot be used.</summary>
/// <param name="fault">What is wrong.</param>
/// <param name="message">What happened, one sentence without a full stop.</param>
public abstract class SqliteFileException(SqliteFault fault, string message) : Exception(message)
{
    /// <summary>What is wrong.</summary>
    public SqliteFault Fault { get; } = fault;
}
