using System.Globalization;
using System.Text;

namespace Kilometers.Plugins.ConsoleLogger;

/// <summary>Makes foreign text safe to show: a server must not move the cursor, set titles, or reorder what the user reads.</summary>
internal static class Terminal
{
    /// <summary>The text on one line, line breaks and tabs as spaces, without anything a terminal obeys, and cut with an ellipsis.</summary>
    /// <param name="text">Any text, also with lone surrogates.</param>
    /// <param name="longest">The most characters taken of it.</param>
    public static string Clean(string text, int longest)
    {
        var cut = text.Length > longest;
        var part = cut ? text.AsSpan(0, char.IsHighSurrogate(text[longest - 1]) ? longest - 1 : longest) : text;
        // Nearly every name and payload is plain ASCII.
        if (!part.ContainsAnyExceptInRange(' ', '~'))
            return cut ? string.Concat(part, "…") : text;
        var output = new StringBuilder(part.Length + 8);
        // A lone surrogate is enumerated as U+FFFD.
        foreach (var rune in part.EnumerateRunes())
        {
            if (rune.Value is '\r' or '\n' or '\t')
                output.Append(output.Length > 0 && output[^1] == ' ' ? "" : " ");
            else if (IsObeyed(rune))
                output.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}");
            else
                output.Append(rune.ToString());
        }
        return cut ? output.Append('…').ToString() : output.ToString();
    }

    /// <summary>C0 and C1 controls, line and paragraph separators, and format characters, among them those that turn the direction of writing.</summary>
    private static bool IsObeyed(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned;
}
