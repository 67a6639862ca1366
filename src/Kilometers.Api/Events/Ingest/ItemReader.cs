using System.Globalization;
using System.Text.Json;
using Kilometers.Api.Configuration;
using Kilometers.Api.Events.Model;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Events.Ingest;

/// <summary>What one element of a batch is: an event that can be stored, or why it is none.</summary>
/// <param name="Id">The event's id; all zeros if it has none that is a UUID.</param>
/// <param name="Item">The event; null if it is rejected.</param>
/// <param name="Code">Of a rejected one its code.</param>
/// <param name="Detail">Of a rejected one the reason.</param>
internal readonly record struct ItemReading(Guid Id, EventItem? Item, string? Code, string? Detail);

/// <summary>
/// Reads the events of a batch one by one, so that a bad one does not lose the good ones. Members that it does not know are passed over: a
/// newer plugin may send them.
/// </summary>
/// <param name="options">The limits.</param>
/// <param name="oldest">Older events would be deleted at once.</param>
/// <param name="newest">Later events come from a clock that is wrong.</param>
internal sealed class ItemReader(EventOptions options, DateTimeOffset oldest, DateTimeOffset newest)
{
    private const string TimeFormat = "yyyy-MM-ddTHH:mm:ss.FFFFFFFZ";

    // In the order in which they are usually written.
    private static readonly Field[] Fields =
    [
        new("id", 36),
        new("timestamp", 40),
        new("direction", 32),
        new("kind", 32),
        new("method", 1024, Required: false),
        new("name", 4096, Required: false),
        new("requestId", 4096, Required: false),
        new("payload", int.MaxValue, Required: false),
        new("size", 0),
        new("correlationId", 256, Required: false),
        new("sessionId", 256),
        new("server", 1024),
        new("sequence", 0),
        new("truncated", 0),
        new("redacted", 0),
        new("isError", 0, Required: false),
    ];

    private static readonly int All = (1 << Fields.Length) - 1;
    private static readonly int Optional = Fields.Select((field, index) => field.Required ? 0 : 1 << index).Sum();

    // No message is that large, and the sum of many such sizes can still be counted.
    private const long MaxSize = 1L << 36;

    private readonly JsonElement[] _values = new JsonElement[Fields.Length];
    private readonly string?[] _texts = new string?[Fields.Length];

    public ItemReading Read(JsonElement element)
    {
        var id = Guid.Empty;
        try
        {
            var fault = Collect(element);
            if (_values[0].ValueKind == JsonValueKind.String && _values[0].TryGetGuid(out var given))
                id = given;
            if (fault is not null)
                return Rejected(id, fault);
            return Check(id);
        }
        catch (InvalidOperationException)
        {
            // A string that is JSON by its quotes and not by what is between them: half a surrogate pair, bytes that are not UTF-8.
            return Rejected(id, "a string is not Unicode");
        }
    }

    /// <summary>Puts the members that count into <see cref="_values"/>, undefined where one is missing or null.</summary>
    /// <returns>What is wrong; null if nothing is.</returns>
    private string? Collect(JsonElement element)
    {
        Array.Clear(_values);
        Array.Clear(_texts);
        if (element.ValueKind != JsonValueKind.Object)
            return "it is not an object";
        var seen = 0;
        HashSet<string>? unknown = null;
        var next = 0;
        foreach (var member in element.EnumerateObject())
        {
            var index = IndexOf(member, next);
            if (index < 0)
            {
                if (!(unknown ??= new HashSet<string>(StringComparer.Ordinal)).Add(member.Name))
                    return "an unknown member is there twice";
                continue;
            }

            if ((seen & (1 << index)) != 0)
                return $"{Fields[index].Name} is there twice";
            seen |= 1 << index;
            next = index + 1;
            if (member.Value.ValueKind != JsonValueKind.Null)
                _values[index] = member.Value;
        }

        for (var index = 0; index < Fields.Length && (seen | Optional) != All; index++)
            if (((seen | Optional) & (1 << index)) == 0)
                return $"{Fields[index].Name} is missing";
        return null;
    }

    private static int IndexOf(JsonProperty member, int next)
    {
        for (var i = 0; i < Fields.Length; i++)
        {
            var index = (next + i) % Fields.Length;
            if (member.NameEquals(Fields[index].Utf8))
                return index;
        }

        return -1;
    }

    private ItemReading Check(Guid id)
    {
        if (EventIdentifier.TimeOf(id) is not { } idTime)
            return Rejected(id, "id is not a version 7 UUID");
        if (!TryTime(_values[1], out var timestamp))
            return Rejected(id, "timestamp is not a UTC time like 2026-01-02T03:04:05.678901Z");
        if (timestamp > newest)
            return Rejected(id, $"timestamp is more than {options.Ahead.TotalHours:0.#} h ahead");
        if (timestamp < oldest)
            return Rejected(id, "timestamp is older than the subscription keeps events");
        if ((timestamp - idTime).Duration() > EventIdentifier.Tolerance)
            return Rejected(id, "the time in id is more than a day from timestamp");

        for (var index = 2; index < Fields.Length; index++)
            if (Fault(index) is { } fault)
                return Rejected(id, fault);
        if (EventCodes.DirectionOf(_texts[2]) == 0)
            return Rejected(id, "direction is neither inbound nor outbound");
        if (EventCodes.KindOf(_texts[3]) == 0)
            return Rejected(id, "kind is unknown");
        if (!TryNumber(8, MaxSize, out var size))
            return Rejected(id, $"size is not a whole number from 0 to {MaxSize}");
        if (!TryNumber(12, long.MaxValue, out var sequence))
            return Rejected(id, "sequence is not a whole number of 0 or more");

        byte[]? payload = null;
        if (_values[7].ValueKind != JsonValueKind.Undefined && !_values[7].TryGetBytesFromBase64(out payload))
            return Rejected(id, "payload is not base64");
        if (payload?.Length > options.MaximumPayloadBytes)
            return Rejected(id, $"payload has more than {options.MaximumPayloadBytes} bytes", ErrorCode.ApiRequestTooLarge);
        var item = new EventItem
        {
            Id = id,
            Timestamp = timestamp,
            Direction = _texts[2]!,
            Kind = _texts[3]!,
            Method = _texts[4],
            Name = _texts[5],
            RequestId = _texts[6],
            Payload = payload is null ? default(ReadOnlyMemory<byte>?) : payload,
            Size = size,
            CorrelationId = _texts[9],
            SessionId = _texts[10]!,
            Server = _texts[11]!,
            Sequence = sequence,
            Truncated = _values[13].ValueKind == JsonValueKind.True,
            Redacted = _values[14].ValueKind == JsonValueKind.True,
            IsError = _values[15].ValueKind == JsonValueKind.True ? true : null,
        };
        return new ItemReading(id, item, null, null);
    }

    /// <summary>What is wrong with a member's kind and length; null if nothing is: then the text of a string is in <see cref="_texts"/>.</summary>
    private string? Fault(int index)
    {
        var (field, value) = (Fields[index], _values[index]);
        if (value.ValueKind == JsonValueKind.Undefined)
            return field.Required ? $"{field.Name} is null" : null;
        if (field.Name is "truncated" or "redacted" or "isError")
            return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : $"{field.Name} is neither true nor false";
        if (field.Name is "size" or "sequence")
            return value.ValueKind == JsonValueKind.Number ? null : $"{field.Name} is not a number";
        if (value.ValueKind != JsonValueKind.String)
            return $"{field.Name} is not a string";
        if (field.Name == "payload")
            return null;
        var text = _texts[index] = value.GetString()!;
        if (text.Length > field.MaxLength)
            return $"{field.Name} has more than {field.MaxLength} characters";
        return text.Contains('\0', StringComparison.Ordinal) ? $"{field.Name} has a NUL character, which PostgreSQL cannot keep" : null;
    }

    private bool TryNumber(int index, long most, out long number) =>
        _values[index].TryGetInt64(out number) && number >= 0 && number <= most;

    private static bool TryTime(JsonElement value, out DateTimeOffset time)
    {
        time = default;
        if (
            value.ValueKind != JsonValueKind.String
            || !DateTimeOffset.TryParseExact(
                value.GetString(),
                TimeFormat,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out var exact
            )
        )
            return false;

        // What the database keeps, so that an event reads as it was stored wherever it is compared.
        time = new DateTimeOffset(exact.Ticks - (exact.Ticks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
        return true;
    }

    private static ItemReading Rejected(Guid id, string detail, string code = ErrorCode.ApiRequestInvalid) => new(id, null, code, detail);

    private sealed record Field(string Name, int MaxLength, bool Required = true)
    {
        public byte[] Utf8 { get; } = System.Text.Encoding.UTF8.GetBytes(Name);
    }
}
