using System.Buffers;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>What a character is to somebody who looks for secrets.</summary>
internal enum CharacterKind : byte
{
    /// <summary>Nothing begins here.</summary>
    Other,

    /// <summary>A letter or digit of ASCII, or an underscore.</summary>
    Word,

    /// <summary>A secret may begin with it, or be behind it.</summary>
    Mark,
}

/// <summary>The alphabets of names and tokens.</summary>
internal static class Characters
{
    private static readonly SearchValues<char> Names = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
    );

    private static readonly CharacterKind[] Kinds =
    [
        .. Enumerable
            .Range(0, 128)
            .Select(value =>
                IsWord((char)value) ? CharacterKind.Word
                : (char)value is '-' or ':' or '$' ? CharacterKind.Mark
                : CharacterKind.Other
            ),
    ];

    public static CharacterKind KindOf(char value) => value < Kinds.Length ? Kinds[value] : CharacterKind.Other;

    /// <summary>Where the word at a position ends. Words are short: one after the other is faster here than many at once.</summary>
    public static int WordEnd(string text, int start)
    {
        var end = start;
        while (end < text.Length && KindOf(text[end]) == CharacterKind.Word)
            end++;
        return end;
    }

    /// <summary>Letters, digits and the underscore: a token does not begin in the middle of these.</summary>
    public static bool IsWord(char value) => char.IsAsciiLetterOrDigit(value) || value == '_';

    /// <summary>URL-safe base64 (RFC 4648, 5) and what most services make their keys of.</summary>
    public static bool IsToken(char value) => IsWord(value) || value == '-';

    /// <summary>What an HTTP credential consists of (token68, RFC 9110, 11.2).</summary>
    public static bool IsToken68(char value) => IsToken(value) || value is '.' or '~' or '+' or '/' or '=';

    /// <summary>White space of ASCII alone: what looks like other white space may be a part of a UTF-8 character (see <see cref="JsonRedaction"/>).</summary>
    public static bool IsSpace(char value) => value is ' ' or (>= '\t' and <= '\r');

    /// <summary>Where the run of characters that begins at a position ends, at most <paramref name="limit"/> further.</summary>
    public static int RunEnd(string text, int start, SearchValues<char> alphabet, int limit = int.MaxValue)
    {
        var rest = text.AsSpan(start, Math.Min(limit, text.Length - start));
        var length = rest.IndexOfAnyExcept(alphabet);
        return start + (length < 0 ? rest.Length : length);
    }

    /// <summary>Where the run of characters that begins at a position ends, at most <paramref name="limit"/> further.</summary>
    public static int RunEnd(string text, int start, Func<char, bool> belongs, int limit = int.MaxValue)
    {
        var last = (int)Math.Min(text.Length, (long)start + limit);
        var end = start;
        while (end < last && belongs(text[end]))
            end++;
        return end;
    }

    /// <summary>Where the name at a position ends: letters, digits, underscores and hyphens.</summary>
    public static int NameEnd(string text, int start, int limit) => RunEnd(text, start, Names, limit);

    /// <summary>The first character from a position on that is not a space.</summary>
    public static int SkipSpace(string text, int position)
    {
        while (position < text.Length && IsSpace(text[position]))
            position++;
        return position;
    }
}
