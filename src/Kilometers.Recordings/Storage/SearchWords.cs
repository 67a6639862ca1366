using System.Buffers;

namespace Kilometers.Recordings.Storage;

/// <summary>
/// A text as words, as the index has them and as a query needs them: letters and digits, ASCII in lower case. Characters of scripts that
/// put no spaces between words are words of their own.
/// </summary>
internal static class SearchWords
{
    /// <summary>The parts of the index that one block may have; the row of a part is the block's id times this, and its number.</summary>
    public const int RowsPerBlock = 1024;

    /// <summary>Shorter words are in every text.</summary>
    private const int MinLength = 2;

    /// <summary>A longer run of characters is not a word.</summary>
    private const int MaxLength = 64;

    private const byte FirstOwnWord = 0xe2;

    /// <summary>Calls an action for each word.</summary>
    /// <param name="text">UTF-8; ASCII letters in it become lower-case.</param>
    /// <param name="words">Gets the words.</param>
    public static void Split<T>(Span<byte> text, ref T words)
        where T : struct, IWordSink
    {
        for (var at = 0; at < text.Length; )
        {
            if (!IsPart(text[at]))
            {
                at++;
                continue;
            }

            var start = at;
            var hash = 14695981039346656037UL; // FNV-1a
            if (text[at] >= FirstOwnWord)
            {
                for (at++; at < text.Length && (text[at] & 0xc0) == 0x80; at++) { }
                foreach (var one in text[start..at])
                    hash = (hash ^ one) * 1099511628211UL;
            }
            else
            {
                for (; at < text.Length && IsPart(text[at]) && text[at] < FirstOwnWord; at++)
                {
                    if (text[at] is >= (byte)'A' and <= (byte)'Z')
                        text[at] |= 0x20;
                    hash = (hash ^ text[at]) * 1099511628211UL;
                }
            }

            if (at - start is >= MinLength and <= MaxLength)
                words.Add(text[start..at], hash);
        }
    }

    private static bool IsPart(byte one) =>
        one >= 0x80 || one is >= (byte)'a' and <= (byte)'z' or >= (byte)'A' and <= (byte)'Z' or >= (byte)'0' and <= (byte)'9';
}

/// <summary>Takes words.</summary>
internal interface IWordSink
{
    /// <param name="word">The word; valid during the call.</param>
    /// <param name="hash">The same for the same word.</param>
    void Add(ReadOnlySpan<byte> word, ulong hash);
}

/// <summary>Keeps the words that a set does not have yet, separated by spaces.</summary>
internal readonly struct NewWords(HashSet<ulong> known, ArrayBufferWriter<byte> text) : IWordSink
{
    public void Add(ReadOnlySpan<byte> word, ulong hash)
    {
        if (!known.Add(hash))
            return;
        text.Write(word);
        text.Write(" "u8);
    }
}
