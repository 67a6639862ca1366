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
        var (letters, places, length) = Plain(text);
        var found = new List<(ulong Hash, int Start)>();
        var count = length - Length + 1;
        if (count <= 0)
            return found;
        var hashes = Rolling(letters.AsSpan(0, length), count);
        // The smallest of each window; of equal ones the last, so that it stays the smallest for long.
        var least = 0;
        for (var at = 1; at < Math.Min(Window, count); at++)
            if (hashes[at] <= hashes[least])
                least = at;
        found.Add((hashes[least], places[least]));
        for (var newest = Window; newest < count; newest++)
        {
            var last = least;
            if (least <= newest - Window)
            {
                least++;
                for (var at = least + 1; at <= newest; at++)
                    if (hashes[at] <= hashes[least])
                        least = at;
            }
            else if (hashes[newest] <= hashes[least])
            {
                least = newest;
            }

            if (least != last)
                found.Add((hashes[least], places[least]));
        }

        return found;
    }

    private static ulong[] Rolling(ReadOnlySpan<char> letters, int count)
    {
        var hashes = new ulong[count];
        var leading = 1UL;
        for (var at = 1; at < Length; at++)
            leading *= Factor;
        var hash = 0UL;
        for (var at = 0; at < letters.Length; at++)
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

    private static (char[] Letters, int[] Places, int Count) Plain(string text)
    {
        var length = Math.Min(text.Length, MaxText);
        var letters = new char[length];
        var places = new int[length];
        var count = 0;
        for (var at = 0; at < length; at++)
        {
            var letter = text[at];
            if (char.IsAsciiLetterOrDigit(letter))
                letter = char.IsAsciiLetterUpper(letter) ? (char)(letter | 0x20) : letter;
            else if (letter > 0x7F && char.IsLetterOrDigit(letter))
                letter = char.ToLowerInvariant(letter);
            else
                continue;
            letters[count] = letter;
            places[count++] = at;
        }

        return (letters, places, count);
    }
}
