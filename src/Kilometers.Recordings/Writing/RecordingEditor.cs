using Kilometers.Recordings.Storage;
using Kilometers.Sqlite;

namespace Kilometers.Recordings.Writing;

/// <summary>What a user changes in the file of recordings, while others may write to it.</summary>
public sealed class RecordingEditor : IDisposable
{
    private readonly Database _database;

    private RecordingEditor(Database database) => _database = database;

    /// <summary>Opens the file of a folder, which must be there.</summary>
    /// <exception cref="RecordingException">There is none, or it cannot be used.</exception>
    public static RecordingEditor Open(string folder)
    {
        var path = Path.Combine(folder, RecordingFile.Name);
        return File.Exists(path)
            ? new RecordingEditor(Database.OpenToWrite(path))
            : throw new RecordingException(SqliteFault.Missing, $"{path} does not exist");
    }

    /// <summary>What the file takes of the disk.</summary>
    public long Size => (_database.Value("PRAGMA page_count") ?? 0) * (_database.Value("PRAGMA page_size") ?? 0);

    /// <summary>Gives a session a name; null takes it away.</summary>
    public void Rename(long session, string? name)
    {
        using var statement = _database.Prepare("UPDATE sessions SET name = ? WHERE id = ?");
        statement.Bind(0, name).Bind(1, session).Run();
    }

    /// <summary>Deletes sessions, each in a transaction of its own, and returns their space to the disk.</summary>
    public void Delete(IEnumerable<long> sessions)
    {
        ArgumentNullException.ThrowIfNull(sessions);
        foreach (var session in sessions)
            _database.InTransaction(() => Retention.Delete(_database, session));
        _database.Shrink();
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _database.Dispose();
}
