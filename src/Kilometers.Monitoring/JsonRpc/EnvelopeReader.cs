using System.Security.Cryptography;
using System.Text.Json;

namespace Kilometers.Monitoring.JsonRpc;

/// <summary>Reads <see cref="JsonRpcEnvelope"/>s in one pass of a <see cref="JsonCursor"/>. Never throws, whatever the bytes are.</summary>
public static class EnvelopeReader
{
    /// <summary>A parser's stack is not at risk: the reader keeps one bit per level, and a message has fewer levels than bytes.</summary>
    internal static readonly JsonReaderOptions Options = new() { MaxDepth = int.MaxValue };

    /// <summary>Reads a complete message: one object. (Batches are split by <see cref="BatchReader"/>.)</summary>
    /// <param name="message">The line without its end.</param>
    public static JsonRpcEnvelope Read(ReadOnlySpan<byte> message)
    {
        message = WithoutMark(message);
        if (FirstByte(message) is not (byte)'{')
            return default;
        var state = new EnvelopeState();
        var cursor = new JsonCursor(message);
        state.ReadObject(ref cursor);
        return cursor.IsAtEnd() ? state.ToEnvelope(message, isComplete: true) : new JsonRpcEnvelope { ParseError = Explain(message) };
    }

    /// <summary>
    /// Reads what the beginning and the end of a message too large to keep tell. The TypeScript SDK writes <c>result</c> before
    /// <c>id</c>, so that the id of a large response stands at its end.
    /// </summary>
    /// <param name="head">The first bytes.</param>
    /// <param name="tail">The last bytes.</param>
    public static JsonRpcEnvelope ReadTruncated(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail)
    {
        if (FirstByte(head) is not (byte)'{')
            return default;
        var state = new EnvelopeState();
        var cursor = new JsonCursor(head);
        state.ReadObject(ref cursor);
        if (!state.HasId && ReadTail(tail, "\"id\""u8, "{"u8) is { } end)
            state.AdoptId(in end);

        // A tool's result says last whether it is an error.
        if (!state.IsError && ReadTail(tail, "\"isError\""u8, "{\"result\":{"u8) is { } result)
            state.AdoptIsError(in result);
        return state.ToEnvelope(head, isComplete: false);
    }

    /// <summary>
    /// The message without byte order marks and white space before it. RFC 8259 lets a parser ignore the mark, SDKs do, and pipes of
    /// PowerShell write one.
    /// </summary>
    internal static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> message)
    {
        if (message is [(byte)'{', ..])
            return message;
        var trimmed = message;
        while (true)
        {
            var start = trimmed.IndexOfAnyExcept(" \t\r\n"u8);
            if (start < 0 || !trimmed[start..].StartsWith("\uFEFF"u8))
                return message;
            message = trimmed = trimmed[(start + 3)..];
        }
    }

    internal static byte? FirstByte(ReadOnlySpan<byte> message)
    {
        if (message is [(byte)'{', ..])
            return (byte)'{';
        var start = message.IndexOfAnyExcept(" \t\r\n"u8);
        return start < 0 ? null : message[start];
    }

    internal static string Explain(JsonException e) =>
        $"not valid JSON at byte {e.BytePositionInLine?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "?"}";

    /// <summary>Comparable but not readable: requestState is the server's secret (docs/protocol.md).</summary>
    internal static string Digest(ReadOnlySpan<byte> value) => Convert.ToHexStringLower(SHA256.HashData(value).AsSpan(0, 16));

    /// <summary>
    /// A member near the end is the message's own, or its result's, if from its key on the rest reads as members of objects that end with
    /// the message: in a deeper object another brace would be left, and in a string the quotes would be escaped.
    /// </summary>
    /// <param name="tail">The last bytes.</param>
    /// <param name="key">The member's name in quotes.</param>
    /// <param name="opening">What opens the objects that the member is in.</param>
    /// <returns>What was read; null if it is not such a member.</returns>
    private static EnvelopeState? ReadTail(ReadOnlySpan<byte> tail, ReadOnlySpan<byte> key, ReadOnlySpan<byte> opening)
    {
        var position = tail.LastIndexOf(key);
        if (position < 0)
            return null;
        byte[] rest = [.. opening, .. tail[position..]];
        var found = new EnvelopeState();
        var cursor = new JsonCursor(rest);
        found.ReadObject(ref cursor);
        return cursor.IsAtEnd() ? found : null;
    }

    /// <summary>Says where a text is not JSON: <see cref="Utf8JsonReader"/> knows the place.</summary>
    private static string Explain(ReadOnlySpan<byte> message)
    {
        try
        {
            var reader = new Utf8JsonReader(message, isFinalBlock: true, new JsonReaderState(Options));
            while (reader.Read())
            {
                // On to the fault.
            }

            return "not valid JSON";
        }
        catch (JsonException e)
        {
            return Explain(e);
        }
    }
}
