using System.Text.Json;

namespace Kilometers.Monitoring.JsonRpc;

/// <summary>Finds the elements of a batch array (MCP 2025-03-26).</summary>
public static class BatchReader
{
    /// <summary>Whether the line is an array.</summary>
    /// <param name="message">The line without its end.</param>
    public static bool IsBatch(ReadOnlySpan<byte> message) => EnvelopeReader.FirstByte(message) == '[';

    /// <summary>Finds where each element stands.</summary>
    /// <param name="message">The line.</param>
    /// <param name="error">Why it is not a batch; null if it is, or does not look like JSON at all.</param>
    /// <returns>One range per element, in order; none if it is not a batch.</returns>
    public static IReadOnlyList<Range> Split(ReadOnlySpan<byte> message, out string? error)
    {
        error = null;
        var elements = new List<Range>();
        try
        {
            var reader = new Utf8JsonReader(message, isFinalBlock: true, new JsonReaderState(EnvelopeReader.Options));
            reader.Read();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                elements.Add(start..(int)reader.BytesConsumed);
            }

            reader.Read();
            if (elements.Count == 0)
                error = "an empty batch";
            return elements;
        }
        catch (JsonException e)
        {
            // "[INFO] started" is a line of a log.
            var next = EnvelopeReader.FirstByte(message[(message.IndexOf((byte)'[') + 1)..]);
            error = next is (byte)'{' or (byte)'[' or (byte)']' ? EnvelopeReader.Explain(e) : null;
            return [];
        }
    }
}
