using System.Buffers;
using System.Text.Json;

namespace Kilometers.Recordings.Storage;

/// <summary>The words of a message that a search finds: the values of its arguments, its result or its error.</summary>
internal static class SearchText
{
    /// <summary>What is indexed of one message; searching does not need the end of a large file.</summary>
    public const int MaxLength = 32 * 1024;

    /// <summary>A longer run of such characters is an image or a key, not a word.</summary>
    private const int MaxRun = 200;

    private static readonly SearchValues<byte> Base64 = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-"u8
    );

    /// <summary>Adds the words of a message to a buffer, separated by spaces.</summary>
    /// <param name="message">JSON, possibly cut off.</param>
    /// <param name="text">The buffer; what is in it is replaced.</param>
    public static void Extract(ReadOnlySpan<byte> message, TextBuffer text)
    {
        text.ResetWrittenCount();
        var reader = new Utf8JsonReader(message, isFinalBlock: false, default);
        try
        {
            while (text.WrittenCount < MaxLength && reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && IsEnvelope(reader))
                {
                    reader.Read();
                    reader.TrySkip();
                }
                else if (reader.TokenType is JsonTokenType.String or JsonTokenType.Number)
                    Add(reader, text);
            }
        }
        catch (JsonException)
        {
            // What is before the fault can be searched.
        }
    }

    /// <summary>Members that say nothing of what the call is about.</summary>
    private static bool IsEnvelope(in Utf8JsonReader reader) =>
        reader.CurrentDepth == 1
            ? reader.ValueTextEquals("jsonrpc"u8) || reader.ValueTextEquals("id"u8) || reader.ValueTextEquals("method"u8)
            : reader.ValueTextEquals("_meta"u8) || (reader.CurrentDepth == 4 && reader.ValueTextEquals("type"u8));

    private static void Add(in Utf8JsonReader reader, TextBuffer text)
    {
        if (!reader.ValueIsEscaped)
        {
            AddWords(reader.ValueSpan, text);
            return;
        }

        var unescaped = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        try
        {
            AddWords(unescaped.AsSpan(0, reader.CopyString(unescaped)), text);
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair: such a value cannot be searched.
        }

        ArrayPool<byte>.Shared.Return(unescaped);
    }

    private static void AddWords(ReadOnlySpan<byte> value, TextBuffer text)
    {
        if (value.Length > MaxLength - text.WrittenCount)
            value = value[..(MaxLength - text.WrittenCount)];
        AddWithoutRuns(value, text);
        text.Write(" "u8);
    }

    /// <summary>Adds a text without what is an image or a key.</summary>
    public static void AddWithoutRuns(ReadOnlySpan<byte> value, TextBuffer text)
    {
        while (!value.IsEmpty)
        {
            // Up to the next run and with it, unless that is too long.
            var start = value.IndexOfAny(Base64);
            var length = start < 0 ? 0 : value[start..].IndexOfAnyExcept(Base64);
            var end = start < 0 || length < 0 ? value.Length : start + length;
            text.Write(start >= 0 && end - start > MaxRun ? value[..start] : value[..end]);
            value = value[end..];
        }
    }
}
