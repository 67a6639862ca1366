using System.Text;
using System.Text.Json;

namespace Kilometers.Monitoring.JsonRpc;

/// <summary>Strings of the wire without a new object for each: a session says the same few method and tool names again and again.</summary>
internal static class KnownText
{
    private const int MaxLength = 64;

    private const int Places = 512;

    // Only the observer's thread reads messages in a process that monitors; tests run several, so each thread has its own.
    [ThreadStatic]
    private static (byte[] Utf8, string Text)[]? Kept;

    public static string Get(ref Utf8JsonReader reader)
    {
        var utf8 = reader.ValueSpan;
        if (reader.ValueIsEscaped || reader.HasValueSequence || utf8.Length > MaxLength)
            return TryDecode(ref reader, out var decoded) ? decoded : Encoding.UTF8.GetString(utf8);

        Kept ??= new (byte[], string)[Places];
        ref var kept = ref Kept[Place(utf8)];
        if (kept.Text is null || !utf8.SequenceEqual(kept.Utf8))
            kept = (utf8.ToArray(), Encoding.UTF8.GetString(utf8));
        return kept.Text;
    }

    /// <summary>The decoded string; false for one that is not text (invalid UTF-8, a lone surrogate), which the reader refuses to decode.</summary>
    public static bool TryDecode(ref Utf8JsonReader reader, out string text)
    {
        try
        {
            text = reader.GetString() ?? "";
            return true;
        }
        catch (InvalidOperationException)
        {
            text = "";
            return false;
        }
    }

    /// <summary>Where a name is kept (FNV-1a). Names that share a place take turns, each time as a new object.</summary>
    private static int Place(ReadOnlySpan<byte> utf8)
    {
        var hash = (uint)utf8.Length;
        foreach (var one in utf8)
            hash = (hash ^ one) * 16777619;
        return (int)((hash ^ (hash >> 15)) % Places);
    }
}
