using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace Kilometers.Monitoring.JsonRpc;

/// <summary>Strings of the wire without a new object for each: a session says the same few method and tool names again and again.</summary>
internal static class KnownText
{
    private const int MaxLength = 64;

    private const int PlaceBits = 9;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // Only the observer's thread reads messages in a process that monitors; tests run several, so each thread has its own.
    [ThreadStatic]
    private static (byte[] Utf8, string Text)[]? Kept;

    /// <summary>The text of a string; where it is not text (invalid UTF-8, a lone surrogate), something that looks like it.</summary>
    /// <param name="utf8">What is between its quotes.</param>
    /// <param name="isEscaped">Whether there are escapes in it.</param>
    public static string Get(ReadOnlySpan<byte> utf8, bool isEscaped)
    {
        if (isEscaped || utf8.Length > MaxLength)
            return TryDecode(utf8, isEscaped, out var decoded) ? decoded : Encoding.UTF8.GetString(utf8);

        Kept ??= new (byte[], string)[1 << PlaceBits];
        ref var kept = ref Kept[Place(utf8)];
        if (kept.Text is null || !utf8.SequenceEqual(kept.Utf8))
            kept = (utf8.ToArray(), Encoding.UTF8.GetString(utf8));
        return kept.Text;
    }

    /// <summary>The decoded string; false for one that is not text, which the reader refuses to decode.</summary>
    /// <inheritdoc cref="Get"/>
    public static bool TryDecode(ReadOnlySpan<byte> utf8, bool isEscaped, out string text)
    {
        try
        {
            text = isEscaped ? Unescape(utf8) : Strict.GetString(utf8);
            return true;
        }
        catch (Exception e) when (e is InvalidOperationException or DecoderFallbackException)
        {
            text = "";
            return false;
        }
    }

    private static string Unescape(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader((byte[])[(byte)'"', .. utf8, (byte)'"']);
        _ = reader.Read();
        return reader.GetString()!;
    }

    /// <summary>Where a name is kept, by its ends. Names that share a place take turns, each time as a new object.</summary>
    private static int Place(ReadOnlySpan<byte> utf8)
    {
        var ends = (ulong)utf8.Length;
        if (utf8.Length >= sizeof(ulong))
            ends += BinaryPrimitives.ReadUInt64LittleEndian(utf8) + (3 * BinaryPrimitives.ReadUInt64LittleEndian(utf8[^sizeof(ulong)..]));
        else
            foreach (var one in utf8)
                ends = (ends << 8) + one;
        return (int)((ends * 0x9E3779B97F4A7C15) >> (64 - PlaceBits));
    }
}
