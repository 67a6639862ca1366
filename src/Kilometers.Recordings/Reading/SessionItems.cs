using System.Globalization;
using System.Text.Json;
using Kilometers.Recordings.Storage;
using Kilometers.Sqlite;

namespace Kilometers.Recordings.Reading;

/// <summary>Everything that was recorded of a session, as the items that it was recorded from.</summary>
public static class SessionItems
{
    private const string MessageColumns =
        "m.sequence, m.time, m.direction, m.kind, m.bytes, m.block_id, m.block_offset, m.block_length, m.truncated, m.call_id,"
        + " coalesce(m.method, c.method), c.name, c.request_id, c.sequence, c.response_sequence, c.latency, c.retries, c.error_code, c.error_text,"
        + " m.method IS NOT NULL";

    /// <summary>Messages, events and lines of standard error, in order.</summary>
    /// <param name="reader">The file.</param>
    /// <param name="session">The session's row.</param>
    /// <remarks>
    /// A call's messages share one <see cref="RecordedMessage.CorrelationId"/>. The JSON-RPC id is that of the call's first request.
    /// </remarks>
    public static IReadOnlyList<RecordedItem> Of(RecordingReader reader, long session)
    {
        ArgumentNullException.ThrowIfNull(reader);
        List<RecordedItem> items = [.. Messages(reader.Database, session), .. Events(reader.Database, session)];
        items.AddRange(ErrorLines(reader.Database, session));
        return [.. items.OrderBy(item => item.Sequence)];
    }

    private static List<RecordedMessage> Messages(Database database, long session)
    {
        using var blocks = new BlockReader(database);
        using var rows = database.Prepare(
            $"SELECT {MessageColumns} FROM messages m LEFT JOIN calls c ON c.id = m.call_id WHERE m.session_id = ? ORDER BY m.sequence"
        );
        rows.Bind(0, session);
        var messages = new List<RecordedMessage>();
        var requests = new Dictionary<long, (long Sequence, DateTimeOffset Time)>();
        while (rows.Step())
        {
            var message = new RecordedMessage
            {
                Sequence = rows.Number(0),
                Time = FileTime.Time(rows.Number(1)),
                Direction = (RecordedDirection)rows.Number(2),
                Kind = (RecordedKind)rows.Number(3),
                Size = rows.Number(4),
                IsTruncated = rows.Number(8) != 0,
                Method = rows.Text(10) ?? "",
                Payload = blocks.Read(rows.NumberOrNull(5), rows.NumberOrNull(6), rows.NumberOrNull(7)),
            };
            messages.Add(rows.NumberOrNull(9) is { } call ? OfCall(rows, message, call, requests) : message);
        }

        return messages;
    }

    private static RecordedMessage OfCall(
        Statement row,
        RecordedMessage message,
        long call,
        Dictionary<long, (long Sequence, DateTimeOffset Time)> requests
    )
    {
        var first = row.NumberOrNull(13) ?? message.Sequence;
        var correlation = first.ToString(CultureInfo.InvariantCulture);

        // A message with a method of its own asks for the task that the call became.
        message = message with
        {
            Name = row.Number(19) == 0 ? row.Text(11) ?? "" : "",
            RequestId = row.Text(12) ?? "",
            CorrelationId = correlation,
        };
        if (message.Kind == RecordedKind.Request)
        {
            requests[call] = (message.Sequence, message.Time);
            return message.Sequence == first ? message : message with { RetryOf = correlation };
        }

        var request = requests.GetValueOrDefault(call);
        var isLast = row.NumberOrNull(14) == message.Sequence;
        var latency =
            isLast && row.Number(16) == 0 && row.NumberOrNull(15) is { } measured ? FileTime.Span(measured)
            : request.Sequence > 0 && message.Time > request.Time ? message.Time - request.Time
            : TimeSpan.Zero;
        return message with
        {
            RequestSequence = request.Sequence,
            Latency = latency,
            ErrorCode = isLast ? row.Text(17) ?? "" : "",
            ErrorText = isLast ? row.Text(18) ?? "" : "",
        };
    }

    private static List<RecordedEvent> Events(Database database, long session)
    {
        using var rows = database.Prepare("SELECT sequence, time, type, data FROM events WHERE session_id = ?");
        rows.Bind(0, session);
        var events = new List<RecordedEvent>();
        while (rows.Step())
            events.Add(
                new RecordedEvent
                {
                    Sequence = rows.Number(0),
                    Time = FileTime.Time(rows.Number(1)),
                    Type = rows.Text(2) ?? "",
                    Data = Facts(rows.Text(3)),
                }
            );
        return events;
    }

    /// <summary>Only what this version writes: texts by name. Another program may have changed the file.</summary>
    private static Dictionary<string, string> Facts(string? json)
    {
        try
        {
            using var document = JsonDocument.Parse(json ?? "{}");
            return document.RootElement.ValueKind != JsonValueKind.Object
                ? []
                : document
                    .RootElement.EnumerateObject()
                    .Where(member => member.Value.ValueKind == JsonValueKind.String)
                    .DistinctBy(member => member.Name)
                    .ToDictionary(member => member.Name, member => member.Value.GetString()!);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return [];
        }
    }

    private static List<RecordedErrorLine> ErrorLines(Database database, long session)
    {
        using var rows = database.Prepare("SELECT sequence, time, line FROM stderr_lines WHERE session_id = ?");
        rows.Bind(0, session);
        var lines = new List<RecordedErrorLine>();
        while (rows.Step())
            lines.Add(
                new RecordedErrorLine
                {
                    Sequence = rows.Number(0),
                    Time = FileTime.Time(rows.Number(1)),
                    Line = rows.Text(2) ?? "",
                }
            );
        return lines;
    }
}
