using Kilometers.Recordings.Storage;

namespace Kilometers.Recordings.Writing;

/// <summary>Puts a whole session, recorded elsewhere, into the file: all of it, or nothing.</summary>
public static class SessionImport
{
    /// <summary>What must stay free on the disk.</summary>
    private static readonly long MinFreeBytes = new RecordingOptions().MinFreeBytes;

    /// <summary>Adds a session in one transaction. The file is made if it does not exist.</summary>
    /// <param name="folder">Where the file is or will be; must exist.</param>
    /// <param name="facts">What is known of the session.</param>
    /// <param name="name">What the user calls it; null: nothing.</param>
    /// <param name="missed">How many items its recording missed.</param>
    /// <param name="items">Its items in order, at least one. Secrets are masked before.</param>
    /// <param name="time">The clock.</param>
    /// <returns>False if a session with that key is in the file already; then nothing was changed.</returns>
    /// <exception cref="RecordingException">The file cannot be written; nothing was changed.</exception>
    public static bool Add(
        string folder,
        SessionDescription facts,
        string? name,
        long missed,
        IReadOnlyList<RecordedItem> items,
        TimeProvider time
    )
    {
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentNullException.ThrowIfNull(items);
        ArgumentOutOfRangeException.ThrowIfZero(items.Count);
        DiskRoom.Ensure(folder, MinFreeBytes);
        using var database = RecordingFile.OpenToWrite(folder, time, _ => { });
        using var store = new ItemStore(database);
        var isNew = true;
        database.InTransaction(() =>
        {
            using var known = database.Prepare("SELECT id FROM sessions WHERE key = ?");
            isNew = known.Bind(0, facts.Key).Value() is null;
            if (!isNew)
                return;
            var session = new SessionRecording(null!, facts) { IsOpen = false };
            foreach (var item in items)
                store.Add(session, item);
            session.Totals = session.Totals with { Missed = missed };
            var row = session.Row;
            store.Flush(session);
            using var rename = database.Prepare("UPDATE sessions SET name = ? WHERE id = ?");
            rename.Bind(0, name).Bind(1, row).Run();
        });
        return isNew;
    }
}
