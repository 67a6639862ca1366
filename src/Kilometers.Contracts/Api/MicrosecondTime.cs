using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kilometers.Contracts.Api;

/// <summary>A time in UTC with six decimals, <c>2026-01-02T03:04:05.678901Z</c>: what a database keeps. Read with none to seven.</summary>
internal sealed class MicrosecondTime : JsonConverter<DateTimeOffset>
{
    private const string Written = "yyyy-MM-ddTHH:mm:ss.ffffffZ";
    private const string Accepted = "yyyy-MM-ddTHH:mm:ss.FFFFFFFZ";

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        // Not the reader's own GetDateTimeOffset, which takes a time without a zone for local.
        return
            reader.TokenType == JsonTokenType.String
            && DateTimeOffset.TryParseExact(
                reader.GetString(),
                Accepted,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out var time
            )
            ? time
            : throw new JsonException("not a time in UTC like 2026-01-02T03:04:05.678901Z");
    }

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
    {
        Span<byte> text = stackalloc byte[32];
        value.UtcDateTime.TryFormat(text, out var length, Written, CultureInfo.InvariantCulture);
        writer.WriteStringValue(text[..length]);
    }
}
