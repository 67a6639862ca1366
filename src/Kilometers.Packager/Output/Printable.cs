using System.Globalization;
using System.Text;

namespace Kilometers.Packager.Output;

/// <summary>What a plugin says, made fit for a person's terminal.</summary>
internal static class Printable
{
    /// <summary>Control, format and line separator characters become <c>?</c>: no text of a plugin moves the cursor.</summary>
    public static string Text(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) result.Append(IsPrintable(rune) ? rune.ToString() : "?");
        return result.ToString();
    }

    private static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse);
}
