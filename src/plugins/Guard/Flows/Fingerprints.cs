namespace Kilometers.Plugins.Guard.Flows;

/// <summary>
/// A text as a few numbers, by winnowing (Schleimer, Wilkerson, Aiken 2003): two texts that share <see cref="Guaranteed"/> letters or digits
/// in a row share a number, wherever the passage is in them; with less than <see cref="Length"/> in common they share none.
/// </summary>
internal static class Fingerprints
{
    /// <summary>Letters and digits that one number is of.</summary>
    public const int Length = 24;

    /// <summary>A shared passage of this many letters and digits is always found.</summary>
    public const int Guaranteed = Length + Window - 1;

    /// <summary>Characters of a text that are looked at.</summary>
    public const int MaxText = 64 * 1024;

    private const int Window = 16;
    private const ulong Factor = 0x9E37_79B9_7F4A_7C15;

    /// <summary>The numbers, and where in the text the passage of each begins. Case, spaces and punctuation do not count.</summary>
    public static List<(ulong Hash, int Start)> Of(string text)
    {
        var (letters, places) = Plain(text);
        var found = new List<(ulong Hash, int Start)>();
        var count = letters.Count - Length + 1;
        if (count <= 0)
            return found;
        var hashes = Rolling(letters, count);
        var last = -1;
        for (var end = Math.Min(Window, count); end <= count; end++)
        {
            // The smallest of each window; of equal ones the last, so that it stays the smallest for long.
            var least = Math.Max(0, end - Window);
            for (var at = least + 1; at < end; at++)
                if (hashes[at] <= hashes[least])
                    least = at;
            if (least == last)
                continue;
            last = least;
            found.Add((hashes[least], places[least]));
        }

        return found;
    }

    private static ulong[] Rolling(List<char> letters, int count)
    {
        var hashes = new ulong[count];
        var leading = 1UL;
        for (var at = 1; at < Length; at++)
            leading *= Factor;
        var hash = 0UL;
        for (var at = 0; at < letters.Count; at++)
        {
            if (at >= Length)
                hash -= (letters[at - Length] + 1UL) * leading;
            hash = (hash * Factor) + letters[at] + 1UL;
            // Mixed, or the smallest would be those of some letters.
            if (at >= Length - 1)
                hashes[at - Length + 1] = (hash ^ (hash >> 29)) * Factor;
        }

        return hashes;
    }

    private static (List<char> Letters, List<int> Places) Plain(string text)
    {
        var letters = new List<char>(Math.Min(text.Length, MaxText));
        var places = new List<int>(letters.Capacity);
        for (var at = 0; at < text.Length && at < MaxText; at++)
        {
            if (!char.IsLetterOrDigit(text[at]))
                continue;
            letters.Add(char.ToLowerInvariant(text[at]));
            places.Add(at);
        }

        return (letters, places);
    }
}
