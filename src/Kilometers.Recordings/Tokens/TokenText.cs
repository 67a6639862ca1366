using System.Text;
using System.Text.Json;
using Kilometers.Recordings.Storage;

namespace Kilometers.Recordings.Tokens;

/// <summary>
/// What a model may read of a message: its parameters, its result or its error, as JSON. <c>_meta</c>, which is for programs, and long runs of
/// Base64, which reach a model as an image if at all, are not part of it.
/// </summary>
internal static class TokenText
{
    private static ReadOnlySpan<byte> Blanks => " \t\r\n"u8;

    /// <summary>The text; empty if the message has none.</summary>
    /// <param name="message">JSON.</param>
    /// <param name="parts">Used to put it together; what is in it is replaced.</param>
    /// <param name="text">The same.</param>
    public static string Of(ReadOnlySpan<byte> message, TextBuffer parts, TextBuffer text)
    {
        parts.ResetWrittenCount();
        text.ResetWrittenCount();
        var reader = new Utf8JsonReader(message, isFinalBlock: false, default);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1)
                    AddMember(message, ref reader, parts);
            }
        }
        catch (JsonException)
        {
            // What is before the fault, as far as it is complete, counts.
        }

        SearchText.AddWithoutRuns(parts.Written, text);
        return Encoding.UTF8.GetString(text.Written);
    }

    private static void AddMember(ReadOnlySpan<byte> message, ref Utf8JsonReader reader, TextBuffer parts)
    {
        var isWanted = reader.ValueTextEquals("params"u8) || reader.ValueTextEquals("result"u8) || reader.ValueTextEquals("error"u8);
        if (!reader.Read())
            return;
        if (!isWanted)
        {
            reader.TrySkip();
            return;
        }

        var (from, isFirst) = (reader.TokenStartIndex, true);
        while (reader.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray) || reader.CurrentDepth > 1)
        {
            if (reader.CurrentDepth == 1 && reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
                break; // Neither an object nor an array.
            if (!reader.Read())
                return;
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 2)
                continue;
            if (!reader.ValueTextEquals("_meta"u8))
            {
                isFirst = false;
                continue;
            }

            // With the comma that separates it from its neighbour.
            var before = message[(int)from..(int)reader.TokenStartIndex].TrimEnd(Blanks);
            parts.Write(before is [.., (byte)','] ? before[..^1].TrimEnd(Blanks) : before);
            if (!reader.Read() || !reader.TrySkip())
                return;
            from = reader.BytesConsumed;
            var rest = message[(int)from..];
            var blanks = rest.Length - rest.TrimStart(Blanks).Length;
            if (isFirst && rest[blanks..] is [(byte)',', ..])
                from += blanks + 1;
        }

        parts.Write(message[(int)from..(int)reader.BytesConsumed]);
    }
}
