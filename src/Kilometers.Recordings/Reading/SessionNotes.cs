using Kilometers.Recordings.Storage;

namespace Kilometers.Recordings.Reading;

/// <summary>What kind of note it is.</summary>
[Flags]
public enum NoteKinds
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>A line of the server's standard error.</summary>
    ErrorLine = 1,

    /// <summary>A line that is not JSON-RPC.</summary>
    NotJsonRpc = 2,

    /// <summary>A notification.</summary>
    Notification = 4,

    /// <summary>Something that happened to the session (docs/protocol.md, "Events").</summary>
    Event = 8,

    /// <summary>All of them.</summary>
    All = ErrorLine | NotJsonRpc | Notification | Event,
}

/// <summary>Something in a session that belongs to no call.</summary>
/// <param name="Sequence">Its place in the session.</param>
/// <param name="Time">When.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Direction">Of a message: which way it went.</param>
/// <param name="Title">The method of a notification, the type of an event; else null.</param>
/// <param name="Size">The size in bytes as it passed.</param>
/// <param name="Text">The line, the payload or the event's data; null: it was not kept.</param>
public sealed record SessionNote(
    long Sequence,
    DateTimeOffset Time,
    NoteKinds Kind,
    RecordedDirection Direction,
    string? Title,
    long Size,
    ReadOnlyMemory<byte>? Text
);

/// <summary>Reads what belongs to no call: stderr, lines that are not JSON-RPC, notifications, events.</summary>
public static class SessionNotes
{
    /// <summary>Notes in order.</summary>
    /// <param name="reader">The file.</param>
    /// <param name="session">The session's row.</param>
    /// <param name="kinds">Which.</param>
    /// <param name="after">Only after this place; 0: from the beginning.</param>
    /// <param name="limit">How many, at most.</param>
    public static IReadOnlyList<SessionNote> Page(RecordingReader reader, long session, NoteKinds kinds, long after, int limit)
    {
        ArgumentNullException.ThrowIfNull(reader);
        List<string> parts = [];
        if (kinds.HasFlag(NoteKinds.ErrorLine))
            parts.Add(
                $"SELECT sequence, time, {(int)NoteKinds.ErrorLine}, 2, NULL, length(CAST(line AS BLOB)), line, NULL, NULL, NULL"
                    + " FROM stderr_lines WHERE session_id = ?1 AND sequence > ?2"
            );
        foreach (var (kind, stored) in ((NoteKinds, int)[])[(NoteKinds.NotJsonRpc, 5), (NoteKinds.Notification, 4)])
            if (kinds.HasFlag(kind))
                parts.Add(
                    $"SELECT sequence, time, {(int)kind}, direction, method, bytes, NULL, block_id, block_offset, block_length"
                        + $" FROM messages WHERE session_id = ?1 AND sequence > ?2 AND kind = {stored}"
                );
        if (kinds.HasFlag(NoteKinds.Event))
            parts.Add(
                $"SELECT sequence, time, {(int)NoteKinds.Event}, 0, type, length(CAST(data AS BLOB)), data, NULL, NULL, NULL"
                    + " FROM events WHERE session_id = ?1 AND sequence > ?2"
            );
        if (parts.Count == 0)
            return [];
        using var statement = reader.Database.Prepare(string.Join(" UNION ALL ", parts) + $" ORDER BY 1 LIMIT {limit}");
        statement.Bind(0, session).Bind(1, after);
        var notes = new List<SessionNote>();
        while (statement.Step())
            notes.Add(
                new SessionNote(
                    statement.Number(0),
                    FileTime.Time(statement.Number(1)),
                    (NoteKinds)statement.Number(2),
                    (RecordedDirection)statement.Number(3),
                    statement.Text(4),
                    statement.Number(5),
                    statement.NumberOrNull(7) is { } block ? reader.Payload(block, statement.NumberOrNull(8), statement.NumberOrNull(9))
                        : statement.Text(6) is { } text ? System.Text.Encoding.UTF8.GetBytes(text)
                        : null
                )
            );
        return notes;
    }
}
