using System.Globalization;
using System.Text;

namespace Kilometers.Cli.Output;

/// <summary>
/// Text as a terminal may get it. km, kmpkg and km-api print names, messages and lines that others wrote; one control character in them
/// could set the clipboard, move the cursor, or fake a line of ours. This is the only place that decides what passes, and it is applied
/// where text is printed: what is stored or handed on stays as it came.
/// </summary>
internal static class TerminalText
{
    /// <summary>Characters of one line that are shown; the rest is counted.</summary>
    public const int MaxLine = 64 * 1024;

    private static readonly string[] LocaleVariables = ["LC_ALL", "LC_CTYPE", "LANG"];
    private const string Reset = "\u001b[0m";
    private const char Substitute = '?';
    private const int MaxSgr = 40;

    /// <summary>More marks on one character than any script needs; beyond that they cover the lines above and below.</summary>
    private const int MaxMarks = 8;

    /// <summary>What has a plain form. Everything else that is not ASCII becomes a question mark where only ASCII is shown.</summary>
    private static readonly Dictionary<int, string> Plain = new()
    {
        ['…'] = "...",
        ['→'] = "->",
        ['←'] = "<-",
        ['µ'] = "u",
        ['μ'] = "u",
        ['–'] = "-",
        ['—'] = "-",
        ['−'] = "-",
        ['✓'] = "+",
        ['×'] = "x",
        ['·'] = ".",
        ['│'] = "|",
        ['─'] = "-",
        ['‘'] = "'",
        ['’'] = "'",
        ['“'] = "\"",
        ['”'] = "\"",
        [0xa0] = " ",
        [0x274c] = "Error:",
        [0x26a0] = "Warning:",
        [0x1f4a1] = "Hint:",
        [0xfe0f] = "",
    };

    /// <summary>One line of plain text: colours are left out, every other character that could act becomes <c>?</c>.</summary>
    public static string Line(string text, int max = MaxLine) => Clean(text, hasColors: false, max);

    /// <summary>The same, but colours (SGR sequences) pass, and end with the line.</summary>
    public static string Colored(string text, int max = MaxLine) => Clean(text, hasColors: true, max);

    /// <summary>Text in ASCII, for a locale that shows nothing else.</summary>
    public static string Ascii(string text)
    {
        if (System.Text.Ascii.IsValid(text))
            return text;
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            result.Append(
                rune.IsAscii ? rune.ToString()
                : Plain.TryGetValue(rune.Value, out var plain) ? plain
                : "?"
            );
        return result.ToString();
    }

    /// <summary>JSON without characters that could act; in valid JSON they are in strings only, where an escape means the same.</summary>
    /// <param name="json">The JSON, on one line.</param>
    /// <param name="isAscii">Whether everything else that is not ASCII is escaped too.</param>
    public static string Json(string json, bool isAscii)
    {
        if (json.All(c => c is >= ' ' and <= '~'))
            return json;
        var text = new StringBuilder(json.Length + 32);
        foreach (var rune in json.EnumerateRunes())
        {
            if (MayPass(Rune.GetUnicodeCategory(rune)) && (!isAscii || rune.IsAscii))
                text.Append(rune.ToString());
            else
                foreach (var c in rune.ToString())
                    text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
        }

        return text.ToString();
    }

    /// <summary>Whether only ASCII is printed: a locale that is not UTF-8, or none at all on a terminal.</summary>
    public static bool IsAsciiOnly(bool isTerminal) => IsAsciiOnly(isTerminal, Environment.GetEnvironmentVariable);

    /// <param name="isTerminal">Whether it is a terminal.</param>
    /// <param name="variable">Its environment.</param>
    public static bool IsAsciiOnly(bool isTerminal, Func<string, string?> variable) =>
        LocaleVariables.Select(variable).FirstOrDefault(value => value is { Length: > 0 }) is { } locale
            ? !locale.Contains("UTF-8", StringComparison.OrdinalIgnoreCase) && !locale.Contains("UTF8", StringComparison.OrdinalIgnoreCase)
            : isTerminal;

    /// <summary>A line in rows of a terminal, so that no row begins with text that somebody else placed there.</summary>
    /// <param name="text">Text from <see cref="Line"/> or <see cref="Colored"/>.</param>
    /// <param name="columns">Columns of a row, at least 1; null: one row.</param>
    public static IEnumerable<string> Fold(string text, int? columns)
    {
        if (columns is not { } most || (text.Length * 2) <= most)
        {
            yield return text;
            yield break;
        }

        int start = 0,
            used = 0,
            sgrs = 0;
        for (var at = 0; at < text.Length; )
        {
            if (SgrLength(text.AsSpan(at)) is > 0 and var sgr)
            {
                at += sgr;
                sgrs++;
                continue;
            }

            Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out var length);
            var width = Columns(rune);
            if (used + width > most && at > start)
            {
                yield return sgrs > 0 ? text[start..at] + Reset : text[start..at];
                (start, used) = (at, 0);
            }

            used += width;
            at += length;
        }

        yield return text[start..];
    }

    private static string Clean(string text, bool hasColors, int max)
    {
        if (text.Length <= max && text.All(c => c is >= ' ' and <= '~'))
            return text;
        var result = new StringBuilder(Math.Min(text.Length, max) + 16);
        bool isColored = false;
        int marks = 0,
            shown = 0;
        for (var at = 0; at < text.Length; )
        {
            if (SgrLength(text.AsSpan(at)) is > 0 and var sgr)
            {
                if (hasColors)
                    result.Append(text.AsSpan(at, sgr));
                isColored = hasColors && !text.AsSpan(at, sgr).SequenceEqual(Reset);
                at += sgr;
                continue;
            }

            Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out var length);
            if (shown + length > max)
            {
                result.Append(CultureInfo.InvariantCulture, $"... ({text.Length - at} more characters)");
                break;
            }

            at += length;
            shown += length;
            var category = Rune.GetUnicodeCategory(rune);
            marks = category is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark ? marks + 1 : 0;
            if (rune.Value == '\t')
                result.Append("    ");
            else if (!MayPass(category))
                result.Append(Substitute);
            else if (marks <= MaxMarks)
                result.Append(rune.ToString());
        }

        return isColored ? result.Append(Reset).ToString() : result.ToString();
    }

    private static bool MayPass(UnicodeCategory category) =>
        category
            is not (
                UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.PrivateUse
                or UnicodeCategory.Surrogate
            );

    /// <returns>The length of the SGR sequence that a text begins with; 0: none.</returns>
    private static int SgrLength(ReadOnlySpan<char> text)
    {
        if (text is not ['\u001b', '[', ..])
            return 0;
        for (var at = 2; at < text.Length && at < MaxSgr; at++)
        {
            if (text[at] == 'm')
                return at + 1;
            if (!char.IsAsciiDigit(text[at]) && text[at] is not (';' or ':'))
                return 0;
        }

        return 0;
    }

    /// <summary>At least what a terminal needs for a character: where terminals differ, the wider.</summary>
    private static int Columns(Rune rune) =>
        rune.Value switch
        {
            < 0x300 => 1,
            >= 0x1100 and <= 0x115f or >= 0x2300 and <= 0x23ff or >= 0x2600 and <= 0x27bf or >= 0x2e80 and <= 0xa4cf => 2,
            >= 0xac00 and <= 0xd7a3 => 2,
            >= 0xf900 and <= 0xfaff or >= 0xfe30 and <= 0xfe6f or >= 0xff00 and <= 0xff60 or >= 0xffe0 and <= 0xffe6 or >= 0x1f000 => 2,
            _ => Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark ? 0 : 1,
        };
}
