using Kilometers.Sqlite;

namespace Kilometers.Analytics.Storage;

/// <summary>The file of figures cannot be used.</summary>
/// <param name="fault">What is wrong.</param>
/// <param name="message">What happened, one sentence without a full stop.</param>
public sealed class AnalyticsException(SqliteFault fault, string message) : SqliteFileException(fault, message);
