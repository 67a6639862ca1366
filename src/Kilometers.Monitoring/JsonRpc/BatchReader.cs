using System.Text.Json;

namespace Kilometers.Monitoring.JsonRpc;

/// <summary>Finds the elements of a batch array (MCP 2025-03-26).</summary>
public static class BatchReader
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 100_000 };

    /// <summary>Whether the line is an array.</summary>
    /// <param name="message">The line without its end.</param>
    public static bool IsBatch(ReadOnlySpan<byte> message) => EnvelopeReader.FirstByte(message) == '[';

    /// <summary>Finds where each element stands.</summary>
    /// <param name="message">The line.</param>
    /// <param name="error">Why it is not valid JSON, else null.</param>
    /// <returns>One range per element, in order; none if the line is not valid.</returns>
    public static IReadOnlyList<Range> Split(ReadOnlySpan<byte> message, out string? error)
    {
        error = null;
        var elements = new List<Range>();
        try
        {
            var reader = new Utf8JsonReader(message, isFinalBlock: true, new JsonReaderState(Options));
            reader.Read();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                elements.Add(start..(int)reader.BytesConsumed);
            }

            reader.Read();
            return elements;
        }
        catch (JsonException e)
        {
            error = EnvelopeReader.Explain(e);
            return [];
        }
    }
}
