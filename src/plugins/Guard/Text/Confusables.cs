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

    private static readonly FrozenDictionary<char, char> Table = Resource
        .Lines("confusables.txt")
        .Select(line => line.Split('\t'))
        .SelectMany(parts => parts[1].Select(alike => KeyValuePair.Create(alike, parts[0][0])))
        .ToFrozenDictionary();

    /// <summary>The letters of the table, and what begins a letter of mathematics.</summary>
    private static readonly SearchValues<char> Alike = SearchValues.Create([.. Table.Keys, '\uD835']);

    /// <summary>The text with each look-alike letter replaced by the one it looks like; the same object if there is none.</summary>
    public static string Fold(string text)
    {
        if (text.AsSpan().IndexOfAny(Alike) < 0)
            return text;
        var folded = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.IsBmp && Table.TryGetValue((char)rune.Value, out var alike))
                folded.Append(alike);
            else if (rune.Value is >= FirstMathematical and <= LastMathematical)
                folded.Append(Mathematical(rune.Value));
            else
                folded.Append(rune.ToString());
        }

        return folded.ToString();
    }

    /// <summary>Thirteen alphabets of 52 letters, capitals first.</summary>
    private static char Mathematical(int value)
    {
        var letter = (value - FirstMathematical) % Letters;
        return (char)(letter < 26 ? 'A' + letter : 'a' + letter - 26);
    }
}
