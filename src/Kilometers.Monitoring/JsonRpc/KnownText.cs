using System.Text;
using System.Text.Json;

namespace Kilometers.Monitoring.JsonRpc;

/// <summary>Strings of the wire without a new object for each: a session says the same few method and tool names again and again.</summary>
internal static class KnownText
{
    private const int MaxNames = 512;
    private const int MaxLength = 64;

    // Only the observer's thread reads messages in a process that monitors; tests run several, so each thread has its own.
    [ThreadStatic]
    private static Dictionary<string, string>? Kept;

    public static string Get(ref Utf8JsonReader reader)
    {
        if (reader.ValueIsEscaped || reader.HasValueSequence || reader.ValueSpan.Length > MaxLength)
            return TryDecode(ref reader, out var decoded) ? decoded : Encoding.UTF8.GetString(reader.ValueSpan);

        Span<char> characters = stackalloc char[MaxLength];
        var text = characters[..Encoding.UTF8.GetChars(reader.ValueSpan, characters)];
        Kept ??= new Dictionary<string, string>(StringComparer.Ordinal);
        var lookup = Kept.GetAlternateLookup<ReadOnlySpan<char>>();
        if (lookup.TryGetValue(text, out var known))
            return known;
        var made = text.ToString();
        if (Kept.Count < MaxNames)
            Kept[made] = made;
        return made;
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
}
