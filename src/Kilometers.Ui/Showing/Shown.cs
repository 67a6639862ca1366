using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Html;

namespace Kilometers.Ui.Showing;

/// <summary>
/// Text that others wrote, as a page may get it: markup is escaped, and characters that would reorder or hide what a person reads appear by
/// their number.
/// </summary>
/// <param name="text">The text.</param>
/// <param name="max">Characters that are shown; the rest is counted.</param>
public sealed class Shown(string? text, int max = Shown.MaxLine) : IHtmlContent
{
    /// <summary>For a cell or a line.</summary>
    public const int MaxLine = 2000;

    /// <summary>For a text that is the subject of a page.</summary>
    public const int MaxText = 200_000;

    private const int MaxMarks = 8;

    /// <inheritdoc/>
    public void WriteTo(TextWriter writer, HtmlEncoder encoder)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Write(writer, text ?? "", max);
    }

    /// <summary>The text for where no markup is allowed, such as a title: what acts becomes a question mark. Not escaped.</summary>
    public static string Plain(string text, int max = 200)
    {
        ArgumentNullException.ThrowIfNull(text);
        var plain = new StringBuilder();
        var last = new Rune(' ');
        foreach (var rune in text.EnumerateRunes().Take(max))
        {
            plain.Append(Acts(rune, Rune.GetUnicodeCategory(rune), last) || rune.Value is '\n' ? "?" : rune.ToString());
            last = rune;
        }

        return text.Length > max ? plain.Append('…').ToString() : plain.ToString();
    }

    /// <summary>Writes a text so.</summary>
    public static void Write(TextWriter writer, ReadOnlySpan<char> text, int max)
    {
        ArgumentNullException.ThrowIfNull(writer);
        var marks = 0;
        var last = new Rune(' ');
        for (var at = 0; at < text.Length; )
        {
            if (at >= max)
            {
                writer.Write("<span class=\"x\">… ");
                writer.Write((text.Length - at).ToString("N0", CultureInfo.InvariantCulture));
                writer.Write(" more characters</span>");
                return;
            }

            Rune.DecodeFromUtf16(text[at..], out var rune, out var length);
            var category = Rune.GetUnicodeCategory(rune);
            marks = category is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark ? marks + 1 : 0;
            if (Acts(rune, category, last) || marks > MaxMarks)
            {
                // A half of a surrogate pair decodes as U+FFFD: its own number says more.
                writer.Write("<span class=\"x\">");
                writer.Write("U+" + (length == 1 ? text[at] : rune.Value).ToString("X4", CultureInfo.InvariantCulture));
                writer.Write("</span>");
            }
            else
                Escape(writer, rune, text.Slice(at, length));
            last = rune;
            at += length;
        }
    }

    private static void Escape(TextWriter writer, Rune rune, ReadOnlySpan<char> text)
    {
        switch (rune.Value)
        {
            case '<':
                writer.Write("&lt;");
                break;
            case '>':
                writer.Write("&gt;");
                break;
            case '&':
                writer.Write("&amp;");
                break;
            case '"':
                writer.Write("&quot;");
                break;
            case '\'':
                writer.Write("&#39;");
                break;
            default:
                writer.Write(text);
                break;
        }
    }

    private static bool Acts(Rune rune, UnicodeCategory category, Rune last) =>
        rune.Value switch
        {
            '\n' or '\t' => false,
            // Joiners, and what selects a picture: only after the character that they belong to.
            0x200c or 0x200d or 0xfe0f => last.IsAscii || last.Value is 0x200c or 0x200d or 0xfe0f,
            >= 0xfe00 and <= 0xfe0e or >= 0xe0000 and <= 0xe0fff or 0xfffd or 0x115f or 0x1160 or 0x3164 or 0xffa0 => true,
            _ => category
                is UnicodeCategory.Control
                    or UnicodeCategory.Format
                    or UnicodeCategory.LineSeparator
                    or UnicodeCategory.ParagraphSeparator
                    or UnicodeCategory.PrivateUse
                    or UnicodeCategory.Surrogate
                    or UnicodeCategory.OtherNotAssigned,
        };
}
