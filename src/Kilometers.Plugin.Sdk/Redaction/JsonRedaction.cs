using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>
/// Masks the secrets of one message token by token, so that names and values are seen without their escapes and JSON stays JSON. From
/// where it is no JSON on, as text. Bytes stand for characters there (Latin-1), so that what is not masked comes out as it went in.
/// </summary>
internal sealed class JsonRedaction(SecretNames names, TextRedaction text)
{
    /// <summary>JSON in a string of JSON in a string …; deeper than this it is text.</summary>
    private const int DeepestString = 5;

    /// <summary>An exception costs as much as thousands of characters: with more strings than this that only began like JSON, the others are text.</summary>
    private const int MostFailures = 50;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = 1000 };
    private static readonly byte[] Masked = "\"***\""u8.ToArray();

    private static readonly SearchValues<byte> BeforeValue = SearchValues.Create(" \t\r\n:,"u8);

    private int _failures;

    /// <returns>The redacted bytes; null if there is no secret.</returns>
    public byte[]? Redact(ReadOnlySpan<byte> message)
    {
        if (!Utf8.IsValid(message)) return RedactText(message);
        return RedactJson(message, 0);
    }

    private byte[]? RedactJson(ReadOnlySpan<byte> message, int depth) =>
        message.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..] ? RedactContainer(message, depth) : RedactScalar(message, depth);

    /// <summary>One string or number, as an id is; else text.</summary>
    private byte[]? RedactScalar(ReadOnlySpan<byte> message, int depth)
    {
        var copy = new Copy();
        try
        {
            var reader = new Utf8JsonReader(message, Options);
            reader.Read();
            MaskString(ref reader, message, depth, ref copy);
            reader.Read();
            return copy.Finish(message);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            _failures++;
            copy = new Copy();
            MaskRest(message, 0, secret: false, broken: false, depth, ref copy);
            return copy.Finish(message);
        }
    }

    private byte[]? RedactContainer(ReadOnlySpan<byte> json, int depth)
    {
        var copy = new Copy();
        var reader = new Utf8JsonReader(json, isFinalBlock: false, new JsonReaderState(Options));
        var done = 0;
        var secret = false;
        var broken = false;
        try
        {
            while (reader.Read())
            {
                if (secret)
                {
                    if (!MaskValue(ref reader, json, ref copy)) break;
                    secret = false;
                }
                else if (reader.TokenType == JsonTokenType.PropertyName)
                {
                    secret = names.Contains(reader.GetString());
                    if (!secret) MaskString(ref reader, json, depth, ref copy);
                }
                else
                {
                    MaskString(ref reader, json, depth, ref copy);
                }
                done = (int)reader.BytesConsumed;
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Not JSON from here on; or a string with half of a surrogate pair, which has no text.
            _failures++;
            broken = true;
        }
        MaskRest(json, done, secret, broken, depth, ref copy);
        return copy.Finish(json);
    }

    /// <returns>False if the value is cut off.</returns>
    private static bool MaskValue(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, ref Copy copy)
    {
        var start = (int)reader.TokenStartIndex;
        switch (reader.TokenType)
        {
            // Null and true tell nobody anything.
            case JsonTokenType.Null or JsonTokenType.True or JsonTokenType.False:
                return true;
            case JsonTokenType.StartObject or JsonTokenType.StartArray when !reader.TrySkip():
                return false;
            default:
                copy.Replace(json, start, (int)reader.BytesConsumed, Masked);
                return true;
        }
    }

    private void MaskString(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, int depth, ref Copy copy)
    {
        var start = (int)reader.TokenStartIndex;
        if (reader.TokenType == JsonTokenType.Number)
        {
            if (RedactText(reader.ValueSpan) is not null) copy.Replace(json, start, (int)reader.BytesConsumed, Masked);
        }
        else if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
        {
            var value = reader.GetString()!;
            if (RedactValue(value, depth) is { } redacted) copy.Replace(json, start, start + reader.ValueSpan.Length + 2, Encode(redacted));
        }
    }

    /// <returns>The value without its secrets; null if it has none.</returns>
    private string? RedactValue(string value, int depth)
    {
        var trimmed = value.AsSpan().TrimStart();
        if (trimmed is ['{' or '[' or '"', ..] && depth < DeepestString && _failures < MostFailures)
            return RedactJson(Encoding.UTF8.GetBytes(value), depth + 1) is { } bytes ? Encoding.UTF8.GetString(bytes) : null;
        var redacted = text.Redact(value);
        return ReferenceEquals(redacted, value) || redacted == value ? null : redacted;
    }

    /// <summary>What follows the last whole token: nothing, white space, a value that is cut off, or what is no JSON.</summary>
    private void MaskRest(ReadOnlySpan<byte> json, int done, bool secret, bool broken, int depth, ref Copy copy)
    {
        var rest = json[done..];
        if (rest.TrimStart(" \t\r\n"u8).IsEmpty) return;
        if (secret)
        {
            copy.Replace(json, done, json.Length, Masked);
            return;
        }
        var quote = done + rest.IndexOfAnyExcept(BeforeValue);
        if (!broken && quote >= done && json[quote] == '"' && CutString(json[quote..]) is { } value)
        {
            if (RedactValue(value, depth) is { } masked) copy.Replace(json, quote, json.Length, Encode(masked).AsSpan()[..^1]);
        }
        else if (RedactText(rest) is { } masked)
        {
            copy.Replace(json, done, json.Length, masked);
        }
    }

    /// <summary>The text of a string without its end; an escape that is cut off, too, is left out. Null if it cannot be told.</summary>
    private static string? CutString(ReadOnlySpan<byte> cut)
    {
        // At most \uD83D\uDE0 is lost with the end: so much is tried.
        for (var less = 0; less <= 11 && less < cut.Length; less++)
        {
            try
            {
                var reader = new Utf8JsonReader([.. cut[..^less], (byte)'"'], Options);
                if (reader.Read() && reader.BytesConsumed == cut.Length - less + 1) return reader.GetString();
            }
            catch (Exception exception) when (exception is JsonException or InvalidOperationException)
            {
                // One byte less.
            }
        }
        return null;
    }

    private byte[]? RedactText(ReadOnlySpan<byte> bytes)
    {
        var original = Encoding.Latin1.GetString(bytes);
        var redacted = text.Redact(original);
        return redacted == original ? null : Encoding.Latin1.GetBytes(redacted);
    }

    private static byte[] Encode(string value)
    {
        var buffer = new ArrayBufferWriter<byte>(value.Length + 16);
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            writer.WriteStringValue(value);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The message as far as it is copied; nothing is, before the first secret.</summary>
    private struct Copy
    {
        private ArrayBufferWriter<byte>? _output;
        private int _copied;

        public void Replace(ReadOnlySpan<byte> source, int start, int end, ReadOnlySpan<byte> replacement)
        {
            _output ??= new ArrayBufferWriter<byte>(source.Length);
            _output.Write(source[_copied..start]);
            _output.Write(replacement);
            _copied = end;
        }

        public readonly byte[]? Finish(ReadOnlySpan<byte> source)
        {
            if (_output is null) return null;
            _output.Write(source[_copied..]);
            return _output.WrittenSpan.ToArray();
        }
    }
}
