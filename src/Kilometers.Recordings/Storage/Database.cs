using Kilometers.Sqlite;

namespace Kilometers.Recordings.Storage;

/// <summary>A connection to the file of recordings. For one thread at a time.</summary>
internal sealed class Database : SqliteDatabase
{
    private Database(string path, bool writes)
        : base(path, writes, static (fault, message) => new RecordingException(fault, message)) { }

    /// <summary>Of a file that is read: whether it has <c>call_hours</c>.</summary>
    public bool HasHours { get; private set; }

    /// <summary>Of a file that is read: whether it has columns for tokens.</summary>
    public bool HasTokens { get; private set; }

    /// <summary>Opens the file to write it; makes it, and brings it to this version's schema.</summary>
    /// <exception cref="RecordingException">It cannot be used.</exception>
    public static Database OpenToWrite(string path) => OpenToWrite(path, Schema.Version);

    /// <summary>The same for a version of the schema; an earlier one than this only in tests.</summary>
    internal static Database OpenToWrite(string path, int version) =>
        Ready(new Database(path, writes: true), database => Schema.Migrate(database, version));

    /// <summary>Opens the file to read it. Nothing in it is trusted: a plugin wrote it.</summary>
    /// <exception cref="RecordingException">It cannot be used.</exception>
    public static Database OpenToRead(string path) => Ready(new Database(path, writes: false), static database =>
        {
            var version = Schema.Require(database);
            database.HasHours = version >= Schema.VersionOfHours;
            database.HasTokens = version >= Schema.VersionOfTokens;
        });
}
