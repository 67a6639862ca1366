using System.Buffers;
using System.Globalization;
using System.Text;
using Kilometers.Contracts;
using Kilometers.Definitions;

namespace Kilometers.Plugins.Guard.Text;

/// <summary>What kind of hidden character it is.</summary>
internal enum HiddenKind
{
    /// <summary>Tag characters (U+E0000 to U+E007F): ASCII that no font shows.</summary>
    Tag,

    /// <summary>Controls of direction: text is shown in another order than it is in.</summary>
    Direction,

    /// <summary>Characters without a width.</summary>
    ZeroWidth,

    /// <summary>Variation selectors, of which each can carry a byte.</summary>
    Selector,

    /// <summary>Control characters, such as the escape that begins a terminal's commands.</summary>
    Control,
}

/// <summary>
/// Characters that a person does not see and a model reads. Where a script or an emoji needs one, it does not count: joiners in Arabic and
/// Indic text and between emoji, the selector behind an emoji, flags of regions, marks of direction beside right-to-left letters.
/// </summary>
internal sealed class HiddenCharacters : ITextDetector
{
    private const int MaxDecoded = 200;
    private const int Flag = 0x1F3F4;
    private const int MaxFlagTags = 7;

    private static readonly SearchValues<char> Plain = SearchValues.Create([
        .. Enumerable.Range(' ', '~' - ' ' + 1).Append('\t').Append('\n').Append('\r').Select(value => (char)value),
    ]);

    /// <summary>All characters that may be hidden, of those beyond the basic plane the first half. Text of other scripts has none of them.</summary>
    private static readonly SearchValues<char> Suspicious = SearchValues.Create([
        .. Enumerable
            .Range(0, char.MaxValue + 1)
            .Select(value => (char)value)
            .Where(letter => letter == FirstHalf || (!char.IsSurrogate(letter) && KindOf(" ", 0, new Rune(letter)) is not null)),
        // At the beginning of a text it is a mark of its encoding.
        '\uFEFF',
    ]);

    /// <summary>The first half of U+E0000 to U+E03FF.</summary>
    private const char FirstHalf = '\uDB40';

    public IEnumerable<TextFinding> Find(string text, TextOrigin origin)
    {
        if (Next(text, 0) is var first && first < 0)
            return [];
        var found = new Dictionary<HiddenKind, (int Index, int Count)>();
        var decoded = new List<byte>();
        for (var index = first; index >= 0; index = Next(text, index))
        {
            var isText = Rune.DecodeFromUtf16(text.AsSpan(index), out var rune, out var used) == OperationStatus.Done;
            if (isText && KindOf(text, index, rune) is { } kind)
            {
                var (at, count) = found.GetValueOrDefault(kind, (index, 0));
                found[kind] = (at, count + 1);
                if (decoded.Count < MaxDecoded && ByteOf(rune) is { } value)
                    decoded.Add(value);
            }

            index += used;
        }

        return found.OrderBy(pair => pair.Key).Select(pair => Report(text, pair.Key, pair.Value.Index, pair.Value.Count, decoded, origin));
    }

    /// <summary>The text without what is hidden in it.</summary>
    public static string Strip(string text)
    {
        StringBuilder? seen = null;
        var copied = 0;
        for (var index = Next(text, 0); index >= 0; index = Next(text, index))
        {
            var isText = Rune.DecodeFromUtf16(text.AsSpan(index), out var rune, out var used) == OperationStatus.Done;
            if (isText && KindOf(text, index, rune) is not null)
            {
                (seen ??= new StringBuilder(text.Length)).Append(text, copied, index - copied);
                copied = index + used;
            }

            index += used;
        }

        return seen is null ? text : seen.Append(text, copied, text.Length - copied).ToString();
    }

    /// <summary>Where a character may be hidden, from a place on; below 0: nowhere.</summary>
    private static int Next(string text, int from)
    {
        if (from >= text.Length || text.AsSpan(from).IndexOfAnyExcept(Plain) is var other && other < 0)
            return -1;
        var found = text.AsSpan(from + other).IndexOfAny(Suspicious);
        return found < 0 ? -1 : from + other + found;
    }

    /// <summary>Whether a character is hidden where it is; null: it is not.</summary>
    /// <param name="text">The text.</param>
    /// <param name="index">Where the character begins.</param>
    /// <param name="rune">The character.</param>
    public static HiddenKind? KindOf(string text, int index, Rune rune) =>
        rune.Value switch
        {
            < 0x80 => IsControl(rune) ? HiddenKind.Control : null,
            < 0xA0 => HiddenKind.Control,
            >= 0xE0000 and <= 0xE007F => IsFlag(text, index) ? null : HiddenKind.Tag,
            >= 0xE0100 and <= 0xE01EF or >= 0xFE00 and <= 0xFE0F => IsVariant(text, index, rune.Utf16SequenceLength)
                ? null
                : HiddenKind.Selector,
            0x202D or 0x202E => HiddenKind.Direction,
            (>= 0x202A and <= 0x202C) or (>= 0x2066 and <= 0x2069) or 0x200E or 0x200F or 0x061C => HasRightToLeft(text)
                ? null
                : HiddenKind.Direction,
            0x200C or 0x200D => IsJoiner(text, index) ? null : HiddenKind.ZeroWidth,
            0xFEFF => index == 0 ? null : HiddenKind.ZeroWidth,
            0x200B or (>= 0x2060 and <= 0x2064) or 0x180E or 0x115F or 0x1160 or 0x3164 or 0xFFA0 or 0xAD => HiddenKind.ZeroWidth,
            _ => null,
        };

    private static bool IsControl(Rune rune) => rune.Value is (< 0x20 and not ('\t' or '\n' or '\r')) or (>= 0x7F and < 0xA0);

    private static TextFinding Report(string text, HiddenKind kind, int index, int count, List<byte> decoded, TextOrigin origin)
    {
        var message =
            kind is HiddenKind.Tag or HiddenKind.Selector && decoded.Count > 1 && Readable.Text([.. decoded]) is { } hidden
                ? VisibleText.Of(hidden)
                : null;
        var isDefinition = origin == TextOrigin.Definition;
        var severity = kind switch
        {
            HiddenKind.Tag => Severity.High,
            HiddenKind.Selector when message is not null => Severity.High,
            HiddenKind.Direction when isDefinition => Severity.High,
            HiddenKind.Control when !isDefinition => Severity.Low,
            _ => isDefinition ? Severity.Medium : Severity.Low,
        };
        var what = kind switch
        {
            HiddenKind.Tag => "invisible tag characters",
            HiddenKind.Direction => "controls that change the direction of text",
            HiddenKind.ZeroWidth => "characters without a width",
            HiddenKind.Selector => "variation selectors that select nothing",
            _ => "control characters",
        };
        return new(
            ErrorCode.GuardHiddenText,
            severity,
            string.Create(CultureInfo.InvariantCulture, $"has {count} {what}") + (message is null ? "" : $", which read: {message}"),
            VisibleText.Around(text, index, 1),
            isDefinition
                ? "Do not use the server until its author explains why a model should read what you cannot see."
                : "Do not let the model act on this result; find out who wrote the content."
        );
    }

    private static byte? ByteOf(Rune rune) =>
        rune.Value switch
        {
            >= 0xE0020 and <= 0xE007E => (byte)(rune.Value - 0xE0000),
            >= 0xFE00 and <= 0xFE0F => (byte)(rune.Value - 0xFE00),
            >= 0xE0100 and <= 0xE01EF => (byte)(rune.Value - 0xE0100 + 16),
            _ => null,
        };

    /// <summary>A flag of a region: the black flag, then a few tags.</summary>
    private static bool IsFlag(string text, int index)
    {
        var at = index;
        for (var tags = 0; tags < MaxFlagTags && Before(text, at) is { } before; tags++)
        {
            if (before.Value == Flag)
                return true;
            if (before.Value is < 0xE0020 or > 0xE007F)
                return false;
            at -= before.Utf16SequenceLength;
        }

        return false;
    }

    /// <summary>A single selector belongs behind a character that has variants: a symbol, a digit of a keycap, an ideograph.</summary>
    private static bool IsVariant(string text, int index, int length) =>
        Before(text, index) is { } before
        && !IsSelector(text, index + length)
        && (
            before.Value is '#' or '*' or (>= '0' and <= '9')
            || before.Value > 0x7F
                && Rune.GetUnicodeCategory(before)
                    is UnicodeCategory.OtherSymbol
                        or UnicodeCategory.MathSymbol
                        or UnicodeCategory.ModifierSymbol
                        or UnicodeCategory.OtherPunctuation
                        or UnicodeCategory.OtherLetter
        );

    private static bool IsSelector(string text, int index) =>
        Rune.DecodeFromUtf16(text.AsSpan(index), out var rune, out _) == OperationStatus.Done
        && rune.Value is (>= 0xE0100 and <= 0xE01EF) or (>= 0xFE00 and <= 0xFE0F);

    /// <summary>Between two emoji, or beside a letter of a script that joins letters.</summary>
    private static bool IsJoiner(string text, int index) => Before(text, index) is { } before && (IsPicture(before) || IsJoining(before));

    private static bool IsPicture(Rune rune) =>
        rune.Value == 0xFE0F
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.OtherSymbol or UnicodeCategory.ModifierSymbol && rune.Value > 0xFF;

    private static bool IsJoining(Rune rune) =>
        rune.Value is (>= 0x0600 and <= 0x0DFF) or (>= 0x1000 and <= 0x109F) or (>= 0x1780 and <= 0x18AF) or (>= 0xFB50 and <= 0xFEFE)
        && Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.OtherLetter
                or UnicodeCategory.NonSpacingMark
                or UnicodeCategory.SpacingCombiningMark;

    private static bool HasRightToLeft(string text) => text.AsSpan().IndexOfAnyInRange('\u0590', '\u08FF') >= 0;

    private static Rune? Before(string text, int index) =>
        index > 0 && Rune.DecodeLastFromUtf16(text.AsSpan(0, index), out var rune, out _) == OperationStatus.Done ? rune : null;
}
