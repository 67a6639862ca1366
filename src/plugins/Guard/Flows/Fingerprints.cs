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

    /// <summary>Letters that are remembered: those of the oldest passage of a window to the newest letter, as a power of two.</summary>
    private const int Ring = 64;

    private const ulong Factor = 0x9E37_79B9_7F4A_7C15;

    /// <summary>What takes the place of a letter of ASCII; 0: it does not count.</summary>
    private static readonly byte[] Letters =
    [
        .. Enumerable
            .Range(0, 128)
            .Select(value => char.IsAsciiLetterOrDigit((char)value) ? (byte)char.ToLowerInvariant((char)value) : (byte)0),
    ];

    /// <summary>What a letter that leaves the passage counted.</summary>
    private static readonly ulong Leading = Enumerable.Repeat(Factor, Length - 1).Aggregate(1UL, (product, factor) => product * factor);

    /// <summary>The numbers, and where in the text the passage of each begins. Case, spaces and punctuation do not count.</summary>
    public static List<(ulong Hash, int Start)> Of(string text)
    {
        var found = new List<(ulong Hash, int Start)>();
        if (text.Length >= Length)
            Find(text.AsSpan(0, Math.Min(text.Length, MaxText)), found);
        return found;
    }

    /// <summary>In one pass: what is kept are the letters and places of a passage, and the numbers of a window.</summary>
    private static void Find(ReadOnlySpan<char> text, List<(ulong Hash, int Start)> found)
    {
        Span<char> letters = stackalloc char[Ring];
        Span<int> places = stackalloc int[Ring];
        Span<ulong> hashes = stackalloc ulong[Ring];
        // How many letters there were, the place of the smallest number of the window among all, and the number itself.
        var (count, least, smallest) = (0, -1, ulong.MaxValue);
        var hash = 0UL;
        for (var at = 0; at < text.Length; at++)
        {
            var letter = text[at];
            if (letter < Letters.Length)
            {
                letter = (char)Letters[letter];
                if (letter == 0)
                    continue;
            }
            else if (char.IsLetterOrDigit(letter))
                letter = char.ToLowerInvariant(letter);
            else
                continue;
            if (count >= Length)
                hash -= (letters[(count - Length) & (Ring - 1)] + 1UL) * Leading;
            hash = (hash * Factor) + letter + 1UL;
            letters[count & (Ring - 1)] = letter;
            places[count & (Ring - 1)] = at;
            var newest = ++count - Length;
            if (newest < 0)
                continue;
            // Mixed, or the smallest would be those of some letters.
            var mixed = (hash ^ (hash >> 29)) * Factor;
            hashes[newest & (Ring - 1)] = mixed;
            // The smallest of each window; of equal ones the last, so that it stays the smallest for long.
            var last = least;
            if (least <= newest - Window && newest >= Window)
            {
                least++;
                smallest = hashes[least & (Ring - 1)];
                for (var next = least + 1; next <= newest; next++)
                    if (hashes[next & (Ring - 1)] <= smallest)
                        (least, smallest) = (next, hashes[next & (Ring - 1)]);
            }
            else if (mixed <= smallest)
                (least, smallest) = (newest, mixed);
            // Before the first window is full, its smallest number may still come.
            if (newest >= Window ? least != last : newest == Window - 1)
                found.Add((smallest, places[least & (Ring - 1)]));
        }

        if (count >= Length && count - Length < Window - 1)
            found.Add((smallest, places[least & (Ring - 1)]));
    }
}
