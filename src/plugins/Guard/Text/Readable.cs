using System.Text;

namespace Kilometers.Plugins.Guard.Text;

/// <summary>Tells text for a reader from other bytes.</summary>
internal static class Readable
{
    private const int MinLength = 8;

    /// <summary>The bytes as text; null where they are something else: not UTF-8, or mostly not letters and spaces.</summary>
    public static string? Text(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < MinLength || !System.Text.Unicode.Utf8.IsValid(bytes))
            return null;
        var text = Encoding.UTF8.GetString(bytes);
        var letters = 0;
        foreach (var value in text)
        {
            if (char.IsControl(value) && value is not ('\n' or '\r' or '\t'))
                return null;
            if (char.IsLetter(value) || value == ' ')
                letters++;
        }

        return letters * 10 >= text.Length * 7 ? text : null;
    }

    /// <summary>Whether a text has words with spaces between: something that was written to be read.</summary>
    public static bool HasWords(string text, int count = 3)
    {
        var words = 0;
        var length = 0;
        foreach (var value in text)
        {
            length = char.IsLetter(value) ? length + 1 : 0;
            if (length == 2 && ++words >= count)
                return text.Contains(' ', StringComparison.Ordinal);
        }

        return false;
    }
}
