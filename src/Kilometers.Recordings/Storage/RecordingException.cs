using Kilometers.Sqlite;

namespace Kilometers.Recordings.Storage;

/// <summary>The file of recordings cannot be used.</summary>
/// <param name="fault">What is wrong.</param>
/// <param name="message">What happened, one sentence without a full stop.</param>
public sealed class RecordingException(SqliteFault fault, string message) : SqliteFileException(fault, message);
