namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>The first two characters of what is looked for, as one bit each: most words begin otherwise.</summary>
internal sealed class Beginnings
{
    private const int Alphabet = 128;

    private readonly ulong[] _bits = new ulong[Alphabet * Alphabet / 64];

    /// <param name="pairs">Pairs of characters of ASCII.</param>
    public Beginnings(IEnumerable<(char First, char Second)> pairs)
    {
        foreach (var (first, second) in pairs)
            _bits[Bit(first, second) / 64] |= 1UL << (Bit(first, second) % 64);
    }

    /// <summary>Whether a pair is one of them.</summary>
    public bool Contains(char first, char second) =>
        first < Alphabet && second < Alphabet && (_bits[Bit(first, second) / 64] >> (Bit(first, second) % 64) & 1) != 0;

    private static int Bit(char first, char second) => (first * Alphabet) + second;
}
