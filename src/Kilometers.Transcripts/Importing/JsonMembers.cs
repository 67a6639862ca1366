using System.Globalization;
using System.Text.Json;

namespace Kilometers.Transcripts.Importing;

/// <summary>The members of an object in an export, which must be what they are said to be.</summary>
/// <param name="element">The object.</param>
/// <param name="place">Where it is in the file, in words.</param>
internal readonly struct JsonMembers(JsonElement element, string place)
{
    private const int MaxText = 1 << 20;

    private static readonly DateTimeOffset End = new(9999, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <exception cref="ImportException">It is not an object.</exception>
    public static JsonMembers Of(JsonElement element, string place) =>
        element.ValueKind == JsonValueKind.Object
            ? new JsonMembers(element, place)
            : throw new ImportException($"{place} is not an object");

    public bool Has(string name) => element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;

    public JsonElement? Value(string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public JsonMembers Object(string name) =>
        Value(name) is { } value ? Of(value, $"{name} of {place}") : throw new ImportException($"{place} has no {name}");

    public IEnumerable<JsonElement> Array(string name) =>
        Value(name) is not { } value ? throw new ImportException($"{place} has no {name}")
        : value.ValueKind == JsonValueKind.Array ? value.EnumerateArray()
        : throw new ImportException($"{name} of {place} is not an array");

    public string Text(string name) => TextOrNull(name) ?? throw new ImportException($"{place} has no {name}");

    public string? TextOrNull(string name) =>
        TextOfAnyLength(name) is var text && text is not { Length: > MaxText }
            ? text
            : throw new ImportException($"{name} of {place} is too long");

    public string? TextOfAnyLength(string name)
    {
        if (Value(name) is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.String)
            throw new ImportException($"{name} of {place} is not a text");
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            throw new ImportException($"{name} of {place} is not valid Unicode");
        }
    }

    public long Number(string name) => NumberOrNull(name) ?? throw new ImportException($"{place} has no {name}");

    public long? NumberOrNull(string name) =>
        Value(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number
        : throw new ImportException($"{name} of {place} is not a whole number");

    /// <summary>A number of milliseconds, not negative.</summary>
    public TimeSpan? MillisecondsOrNull(string name)
    {
        if (Value(name) is not { } value)
            return null;
        return
            value.ValueKind == JsonValueKind.Number
            && value.TryGetDecimal(out var milliseconds)
            && milliseconds is >= 0 and < 1_000_000_000_000
            ? TimeSpan.FromTicks((long)(milliseconds * TimeSpan.TicksPerMillisecond))
            : throw new ImportException($"{name} of {place} is not a number of milliseconds");
    }

    public bool Flag(string name) =>
        Value(name) switch
        {
            null => false,
            { ValueKind: JsonValueKind.True } => true,
            { ValueKind: JsonValueKind.False } => false,
            _ => throw new ImportException($"{name} of {place} is neither true nor false"),
        };

    public DateTimeOffset Time(string name) => TimeOrNull(name) ?? throw new ImportException($"{place} has no {name}");

    /// <summary>A time as RFC 3339 writes it.</summary>
    public DateTimeOffset? TimeOrNull(string name)
    {
        if (TextOrNull(name) is not { } text)
            return null;
        return
            DateTimeOffset.TryParse(
                text,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out var time
            )
            && text.Contains('T', StringComparison.Ordinal)
            && time >= DateTimeOffset.UnixEpoch
            && time < End
            ? time
            : throw new ImportException($"{name} of {place} is not a time");
    }
}
