using System.Globalization;
using System.Text;

namespace Kilometers.Plugins.Guard.Text;

/// <summary>Text as evidence: on one line, cut, and with a name in the place of everything that a reader would not see.</summary>
internal static class VisibleText
{
    /// <summary>Characters that are shown.</summary>
    public const int MaxLength = 200;

    /// <summary>The beginning of a text.</summary>
    public static string Of(string text) => Around(text, 0, MaxLength);

    /// <summary>A part of a text, with some of what is before and behind it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="start">Where the part begins.</param>
    /// <param name="length">How long it is.</param>
    public static string Around(string text, int start, int length)
    {
        const int Context = 40;
        var from = Math.Max(0, start - Context);
        var end = Math.Min(text.Length, start + Math.Min(length, MaxLength) + Context);
        if (from > 0 && char.IsLowSurrogate(text[from]))
            from--;
        var shown = new StringBuilder(end - from + 16);
        if (from > 0)
            shown.Append('…');
        var index = from;
        while (index < end && shown.Length < MaxLength * 2)
        {
            if (Rune.DecodeFromUtf16(text.AsSpan(index), out var rune, out var used) != System.Buffers.OperationStatus.Done)
                shown.Append("<?>");
            else if (rune.Value is '\n' or '\r' or '\t' or ' ')
                shown.Append(shown.Length > 0 && shown[^1] == ' ' ? "" : " ");
            else if (IsVisible(text, index, rune))
                shown.Append(text, index, used);
            else
                shown.Append(CultureInfo.InvariantCulture, $"<U+{rune.Value:X4}>");
            index += used;
        }

        if (index < text.Length)
            shown.Append('…');
        return shown.ToString();
    }

    private static bool IsVisible(string text, int index, Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is not (
                UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned
            )
        && HiddenCharacters.KindOf(text, index, rune) is null;
}
