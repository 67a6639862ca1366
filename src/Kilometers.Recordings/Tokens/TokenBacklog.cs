using Kilometers.Recordings.Reading;
using Kilometers.Recordings.Storage;

namespace Kilometers.Recordings.Tokens;

/// <summary>What was recorded since tokens were counted last.</summary>
/// <param name="Sessions">Rows of the sessions that have some.</param>
/// <param name="Bytes">How many bytes of payloads it is.</param>
public sealed record TokenBacklog(IReadOnlyList<long> Sessions, long Bytes)
{
    /// <summary>So much is counted in less than a second; more only when a user asks for it.</summary>
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
        using var rows = reader.Database.Prepare(
            $"SELECT id, {until}, CASE WHEN {until} = 0 THEN (SELECT sum(raw_bytes) FROM blocks WHERE session_id = sessions.id)"
                + " ELSE (SELECT sum(block_length) FROM messages WHERE session_id = sessions.id AND sequence > "
                + $"{until} AND call_id IS NOT NULL) END AS bytes"
                + " FROM sessions WHERE bytes > 0 AND (?1 IS NULL OR id = ?1) AND (?2 IS NULL OR coalesce(ended, last_seen) >= ?2)"
                + (filter.Server is null ? "" : " AND server = ?3")
                + (filter.Client is null ? "" : " AND client = ?4")
                + " ORDER BY id DESC"
        );
        rows.Bind(0, filter.Session).Bind(1, filter.Since is { } since ? FileTime.Of(since) : null);
        if (filter.Server is { } server)
            rows.Bind(2, server);
        if (filter.Client is { } client)
            rows.Bind(3, client);
        var (sessions, bytes) = (new List<long>(), 0L);
        while (rows.Step())
        {
            sessions.Add(rows.Number(0));
            bytes += rows.Number(2);
        }

        return new TokenBacklog(sessions, bytes);
    }
}
