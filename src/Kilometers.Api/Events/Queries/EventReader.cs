using System.Data.Common;
using Kilometers.Api.Configuration;
using Kilometers.Api.Events.Model;
using Kilometers.Api.Events.Storage;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Events.Queries;

/// <summary>Reads a customer's events, newest first by id.</summary>
internal sealed class EventReader(IEventDatabase database, EventOptions options)
{
    /// <summary>
    /// Reads a page: what comes after an id is found by that id, not by counting, so each event that is there at the first page comes exactly
    /// once, whatever is stored meanwhile.
    /// </summary>
    /// <exception cref="DbException">The database cannot be reached, or it took too long.</exception>
    public async Task<(IReadOnlyList<EventItem> Events, bool HasMore)> ReadAsync(
        EventFilter filter,
        EventSlice slice,
        CancellationToken cancellationToken
    )
    {
        await using var query = await EventQuery.BeginAsync(database, filter, options.QueryTime, cancellationToken).ConfigureAwait(false);
        if (slice.OlderThan is { } id)
            query.AddOlderThan(id);
        query.Set("limit", slice.Limit + 1);
        query.Set("bytes", options.PageBytes);

        // The page ends by rows and by bytes in the database: what it has sent must be read, however much that is.
        await using var reader = await query
            .ExecuteAsync(
                $"""
                SELECT id, time, direction, kind, method, name, request, size, correlation, session, server, sequence, truncated, redacted, payload, found
                FROM (
                  SELECT page.*, COUNT(*) OVER () AS found,
                    SUM(LENGTH(payload)) OVER (ORDER BY day DESC, id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
                  FROM (
                    SELECT day, id, time, direction, kind, method, name, request, size, correlation, session, server, sequence, truncated, redacted,
                      {(slice.WithPayload ? "payload" : "NULL AS payload")}
                    FROM events WHERE {query.Conditions} ORDER BY day DESC, id DESC LIMIT @limit) AS page) AS sized
                WHERE COALESCE(before, 0) < @bytes
                ORDER BY day DESC, id DESC
                """,
                cancellationToken
            )
            .ConfigureAwait(false);
        var events = new List<EventItem>();
        long found = 0;
        while (events.Count < slice.Limit && await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            events.Add(Item(reader));
            found = reader.GetInt64(15);
        }

        return (events, found > events.Count);
    }

    private EventItem Item(DbDataReader reader) =>
        new()
        {
            Id = database.ReadId(reader, 0),
            Timestamp = EventTime.FromMicroseconds(reader.GetInt64(1)),
            Direction = EventCodes.Direction(reader.GetInt16(2)),
            Kind = EventCodes.Kind(reader.GetInt16(3)),
            IsError = reader.GetInt16(3) == EventCodes.ToolError ? true : null,
            Method = Text(reader, 4),
            Name = Text(reader, 5),
            RequestId = Text(reader, 6),
            Size = reader.GetInt64(7),
            CorrelationId = Text(reader, 8),
            SessionId = reader.GetString(9),
            Server = reader.GetString(10),
            Sequence = reader.GetInt64(11),
            Truncated = reader.GetBoolean(12),
            Redacted = reader.GetBoolean(13),
            Payload = reader.IsDBNull(14) ? default(ReadOnlyMemory<byte>?) : reader.GetFieldValue<byte[]>(14),
        };

    private static string? Text(DbDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}
