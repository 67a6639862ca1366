using Kilometers.Recordings.Reading;

namespace Kilometers.Recordings.Tokens;

/// <summary>What was recorded since tokens were counted last.</summary>
/// <param name="Sessions">Rows of the sessions that have some.</param>
/// <param name="Bytes">How many bytes of payloads it is.</param>
public sealed record TokenBacklog(IReadOnlyList<long> Sessions, long Bytes)
{
    /// <summary>Bytes that are counted in less than a second; more are counted only when a user asks for it.</summary>
    public const long MaxUnasked = 2_000_000;

    /// <summary>Whether it is counted without being asked for.</summary>
    public bool IsSmall => Bytes <= MaxUnasked;

    /// <summary>That of the sessions that a filter can match.</summary>
    /// <param name="reader">The file.</param>
    /// <param name="filter">The filter; of it only session, server, client and time matter.</param>
    public static TokenBacklog Of(RecordingReader reader, CallFilter filter)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(filter);
        var until = reader.Database.HasTokens ? "tokens_until" : "0";
        using var rows = filter.Sessions(
            reader.Database,
            $"id, CASE WHEN {until} = 0 THEN (SELECT sum(raw_bytes) FROM blocks WHERE session_id = sessions.id)"
                + $" ELSE (SELECT sum(block_length) FROM messages WHERE session_id = sessions.id AND sequence > {until}"
                + " AND call_id IS NOT NULL) END AS bytes",
            "bytes > 0",
            "id DESC"
        );
        var (sessions, bytes) = (new List<long>(), 0L);
        while (rows.Step())
        {
            sessions.Add(rows.Number(0));
            bytes += rows.Number(1);
        }

        return new TokenBacklog(sessions, bytes);
    }
}
