using System.Text.Json;

namespace Kilometers.Monitoring.JsonRpc;

/// <summary>Compares names as they are read.</summary>
internal static class ReaderNames
{
    /// <summary>Whether the reader is at this name or text. Most have another length, and no escapes.</summary>
    public static bool Is(this ref readonly Utf8JsonReader reader, ReadOnlySpan<byte> text) =>
        reader.ValueIsEscaped ? reader.ValueTextEquals(text) : reader.ValueSpan.SequenceEqual(text);
}
