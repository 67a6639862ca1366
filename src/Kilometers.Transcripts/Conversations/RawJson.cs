using System.Text.Json;

namespace Kilometers.Transcripts.Conversations;

/// <summary>Values within a message, as they are written in it.</summary>
internal static class RawJson
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = int.MaxValue };

    /// <summary>Where a value is in a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="path">The names of the members that lead to it.</param>
    /// <returns>Null if it is not there.</returns>
    public static Range? Find(ReadOnlySpan<byte> message, params ReadOnlySpan<string> path)
    {
        try
        {
            var reader = new Utf8JsonReader(message, isFinalBlock: true, new JsonReaderState(Options));
            if (!reader.Read())
                return null;
            foreach (var name in path)
                if (!Enter(ref reader, name))
                    return null;
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            return start..(int)reader.BytesConsumed;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The value as it is written; null if it is not there.</summary>
    public static ReadOnlyMemory<byte>? Value(ReadOnlyMemory<byte> message, params ReadOnlySpan<string> path) =>
        Find(message.Span, path) is { } range ? message[range] : default(ReadOnlyMemory<byte>?);

    /// <summary>The message with another value in a place; the same where it does not have it. Every other byte stays.</summary>
    public static ReadOnlyMemory<byte> Replace(ReadOnlyMemory<byte> message, ReadOnlyMemory<byte> value, params ReadOnlySpan<string> path)
    {
        if (Find(message.Span, path) is not { } range)
            return message;
        var (offset, length) = range.GetOffsetAndLength(message.Length);
        if (message.Span.Slice(offset, length).SequenceEqual(value.Span))
            return message;
        var changed = new byte[message.Length - length + value.Length];
        message[..offset].CopyTo(changed);
        value.CopyTo(changed.AsMemory(offset));
        message[(offset + length)..].CopyTo(changed.AsMemory(offset + value.Length));
        return changed;
    }

    /// <summary>Goes to the value of a member of the object that the reader is at.</summary>
    private static bool Enter(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            return false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isIt = reader.ValueTextEquals(name);
            if (!reader.Read())
                return false;
            if (isIt)
                return true;
            reader.Skip();
        }

        return false;
    }
}
