using System.Buffers;
using System.Collections.Frozen;
using System.Text;

namespace Kilometers.Plugins.Guard.Text;

/// <summary>Letters that look like those of ASCII.</summary>
internal static class Confusables
{
    private const int FirstMathematical = 0x1D400;
    private const int LastMathematical = 0x1D6A3;
    private const int Letters = 52;
    private const char FirstHalf = '\uD835';

    private static readonly FrozenDictionary<char, char> Table = Resource
        .Lines("confusables.txt")
        .Select(line => line.Split('\t'))
        .SelectMany(parts => parts[1].Select(alike => KeyValuePair.Create(alike, parts[0][0])))
        .ToFrozenDictionary();

    /// <summary>The letters of the table, and what begins a letter of mathematics.</summary>
    private static readonly SearchValues<char> Alike = SearchValues.Create([.. Table.Keys, FirstHalf]);

    /// <summary>The text with each look-alike letter replaced by the one it looks like; the same object if there is none.</summary>
    public static string Fold(string text)
    {
        StringBuilder? folded = null;
        var copied = 0;
        for (var at = Next(text, 0); at >= 0; at = Next(text, at + 1))
        {
            if (AlikeAt(text, at, out var length) is not { } alike)
                continue;
            (folded ??= new StringBuilder(text.Length)).Append(text, copied, at - copied).Append(alike);
            copied = at + length;
        }

        return folded is null ? text : folded.Append(text, copied, text.Length - copied).ToString();
    }

    private static int Next(string text, int from)
    {
        var found = text.AsSpan(from).IndexOfAny(Alike);
        return found < 0 ? -1 : from + found;
    }

    /// <summary>What the letter at a place looks like; null: nothing else.</summary>
    private static char? AlikeAt(string text, int at, out int length)
    {
        length = 1;
        if (text[at] != FirstHalf)
            return Table[text[at]];
        if (Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out var used) != OperationStatus.Done)
            return null;
        length = used;
        return rune.Value is >= FirstMathematical and <= LastMathematical ? Mathematical(rune.Value) : null;
    }

    /// <summary>Thirteen alphabets of 52 letters, capitals first.</summary>
    private static char Mathematical(int value)
    {
        var letter = (value - FirstMathematical) % Letters;
        return (char)(letter < 26 ? 'A' + letter : 'a' + letter - 26);
    }
}
