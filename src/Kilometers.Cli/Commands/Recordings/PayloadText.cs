using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Kilometers.Recordings.Reading;

namespace Kilometers.Cli.Commands.Recordings;

/// <summary>Payloads as JSON, and as people read it.</summary>
internal static class PayloadText
{
    private static readonly JsonWriterOptions Readable = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The payload; a JSON text where it is not JSON; null where there is none.</summary>
    public static JsonElement? ToJson(this RecordedPayload message)
    {
        if (message.Payload is not { } payload)
            return null;
        try
        {
            return JsonElement.Parse(payload.Span);
        }
        catch (JsonException)
        {
            return JsonElement.Parse($"\"{JsonEncodedText.Encode(Encoding.UTF8.GetString(payload.Span))}\"");
        }
    }

    /// <summary>The payload in lines.</summary>
    public static IEnumerable<string> ToLines(this RecordedPayload message)
    {
        if (message.Payload is not { } payload)
            return ["(not recorded)"];
        string text;
        try
        {
            using var document = JsonDocument.Parse(payload);
            using var stream = new MemoryStream();
            using (var writer = new Utf8JsonWriter(stream, Readable))
                document.WriteTo(writer);
            text = Encoding.UTF8.GetString(stream.GetBuffer().AsSpan(0, (int)stream.Length));
        }
        catch (JsonException)
        {
            text = Encoding.UTF8.GetString(payload.Span);
        }

        return message.IsTruncated ? [.. text.Split('\n'), "(the beginning only)"] : text.Split('\n');
    }
}
