using System.Globalization;
using System.Text;

namespace Kilometers.GoPlugin.Client.Logs;

/// <summary>What a plugin wrote, made fit for a message that ends on a person's terminal.</summary>
internal static class PrintableText
{
    /// <summary>
    /// Control, format and line separator characters as <c>\u001b</c>; at most <paramref name="limit"/> characters and an ellipsis.
    /// </summary>
    public static string From(string text, int limit)
    {
        var result = new StringBuilder(Math.Min(text.Length, limit) + 1);
        foreach (var rune in text.EnumerateRunes())
        {
            var printed = IsPrintable(rune) ? rune.ToString() : string.Create(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}");
            if (result.Length + printed.Length > limit)
                return result.Append('…').ToString();
            result.Append(printed);
        }

        return result.ToString();
    }

    public static string From(ReadOnlySpan<byte> utf8, int limit) =>
        From(Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, (limit * 4) + 4)]), limit);

    private static bool IsPrintable(Rune rune) =>
        rune.Value == '\t'
        || Rune.GetUnicodeCategory(rune)
            is not (
                UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
            );
}
