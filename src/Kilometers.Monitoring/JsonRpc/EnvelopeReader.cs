using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Kilometers.Monitoring.JsonRpc;

/// <summary>Reads <see cref="JsonRpcEnvelope"/>s in one pass of <see cref="Utf8JsonReader"/>. Never throws, whatever the bytes are.</summary>
public static class EnvelopeReader
{
    // A parser's stack is not at risk (the reader keeps one bit per level); the limit only bounds that bit array.
    private const int MaxDepth = 100_000;
    private static readonly JsonReaderOptions Options = new() { MaxDepth = MaxDepth };

    /// <summary>Reads a complete message: one object. (Batches are split by <see cref="BatchReader"/>.)</summary>
    /// <param name="message">The line without its end.</param>
    public static JsonRpcEnvelope Read(ReadOnlySpan<byte> message)
    {
        var first = FirstByte(message);
        if (first is not (byte)'{') return new JsonRpcEnvelope { ParseError = first == '[' ? "a batch inside a batch" : null };
        var state = new EnvelopeState();
        try
        {
            var reader = new Utf8JsonReader(message, isFinalBlock: true, new JsonReaderState(Options));
            state.ReadObject(ref reader, message);
            if (reader.Read()) return default;
            return state.ToEnvelope();
        }
        catch (JsonException e)
        {
            return new JsonRpcEnvelope { ParseError = Explain(e) };
        }
    }

    /// <summary>
    /// Reads what the beginning and the end of a message too large to keep tell. The TypeScript SDK writes <c>result</c> before
    /// <c>id</c>, so that the id of a large response stands at its end.
    /// </summary>
    /// <param name="head">The first bytes.</param>
    /// <param name="tail">The last bytes.</param>
    public static JsonRpcEnvelope ReadTruncated(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail)
    {
        if (FirstByte(head) is not (byte)'{') return default;
        var state = new EnvelopeState();
        try
        {
            var reader = new Utf8JsonReader(head, isFinalBlock: false, new JsonReaderState(Options));
            state.ReadObject(ref reader, head);
        }
        catch (JsonException)
        {
            // What was read until then still holds.
        }

        if (!state.HasId) ReadIdFromTail(tail, ref state);
        return state.ToEnvelope();
    }

    internal static byte? FirstByte(ReadOnlySpan<byte> message)
    {
        var start = message.IndexOfAnyExcept(" \t\r\n"u8);
        return start < 0 ? null : message[start];
    }

    internal static string Explain(JsonException e) =>
        $"not valid JSON at byte {e.BytePositionInLine?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "?"}";

    /// <summary>Comparable but not readable: requestState is the server's secret (docs/protocol.md).</summary>
    internal static string Digest(ReadOnlySpan<byte> value) => Convert.ToHexStringLower(SHA256.HashData(value).AsSpan(0, 16));

    internal static string RawText(ReadOnlySpan<byte> message, ref Utf8JsonReader reader) =>
        Encoding.UTF8.GetString(message[(int)reader.TokenStartIndex..(int)reader.BytesConsumed]);

    /// <summary>
    /// The id is a member of the message itself if, from its key on, the rest reads as members of one object that ends with the
    /// message: an id in a nested object would leave another brace, and one inside a string has escaped quotes.
    /// </summary>
    private static void ReadIdFromTail(ReadOnlySpan<byte> tail, ref EnvelopeState state)
    {
        var position = tail.LastIndexOf("\"id\""u8);
        if (position < 0) return;
        byte[] rest = [(byte)'{', .. tail[position..]];
        var found = new EnvelopeState();
        try
        {
            var reader = new Utf8JsonReader(rest, isFinalBlock: true, new JsonReaderState(Options));
            found.ReadObject(ref reader, rest);
            if (!reader.Read()) state.AdoptId(in found);
        }
        catch (JsonException)
        {
            // Not the message's own id.
        }
    }
}
