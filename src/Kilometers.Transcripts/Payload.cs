using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Kilometers.Transcripts;

/// <summary>The bytes of a message, as JSON and as text.</summary>
internal static class Payload
{
    /// <summary>Deeper messages are texts in an export: not every reader can follow them.</summary>
    public const int MaxDepth = 64;

    private static readonly JsonWriterOptions Readable = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Whether the bytes are one JSON value that can be a part of another on one line, byte for byte.</summary>
    public static bool IsPlainJson(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty || payload.ContainsAny((byte)'\r', (byte)'\n') || IsBlank(payload[0]) || IsBlank(payload[^1]))
            return false;
        var reader = new Utf8JsonReader(payload, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            while (reader.Read())
                if (reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.String)
                    _ = reader.GetString(); // Invalid UTF-8 and lone surrogates show here.
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>The text, if all of it is UTF-8.</summary>
    public static string? Text(ReadOnlySpan<byte> payload)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(payload);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>The payload as people read it: JSON is indented.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="member">Only this member of it, where there is one.</param>
    public static string ToReadable(ReadOnlyMemory<byte> payload, string? member = null)
    {
        try
        {
            using var document = JsonDocument.Parse(payload);
            var root = document.RootElement;
            if (member is not null && root.ValueKind == JsonValueKind.Object && root.TryGetProperty(member, out var part))
                root = part;
            using var stream = new MemoryStream();
            using (var writer = new Utf8JsonWriter(stream, Readable))
                root.WriteTo(writer);
            return Encoding.UTF8.GetString(stream.GetBuffer().AsSpan(0, (int)stream.Length));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return Encoding.UTF8.GetString(payload.Span);
        }
    }

    private static bool IsBlank(byte value) => value is (byte)' ' or (byte)'\t';
}
