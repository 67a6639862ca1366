using System.Buffers;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>
/// Secrets that no name announces, but a call, a command or some words: <c>login('ada', '…')</c>, <c>snmp-server community …</c>, "the door
/// code is …". Behind each cue a bounded number of characters is looked at.
/// </summary>
internal static class CuedValue
{
    private const int MaxLine = 120;
    private const int MaxCall = 240;
    private const int MaxWords = 12;
    private const int MaxListed = 12;

    /// <summary>Beyond it are typographic marks, and scripts without spaces between words.</summary>
    private const char LastLetter = '\u1fff';

    private static readonly SearchValues<char> Gaps = SearchValues.Create(
        " \t,\"'`()[]{}<>|\\«»“”;\u00ab\u00bb\u00c2\uff1a\u00ef\u00bc\u009a"
    );
    private static readonly SearchValues<char> PathEnds = SearchValues.Create("/:; \t\r\n\"'`,<>");
    private static readonly SearchValues<char> LineEnds = SearchValues.Create("`\"'*| \t\r");
    private static readonly SearchValues<char> Quotes = SearchValues.Create("\"'`");

    /// <summary>Adds the secrets of the cues whose first word is at a position.</summary>
    public static void Find(string text, int position, List<SecretRange> secrets)
    {
        foreach (var cue in SecretCues.Beginning(text, position))
        {
            var start = position - cue.Word;
            if (cue.MayBe(text, position) && cue.IsAt(text, start))
                Find(text, start, start + cue.Text.Length, cue.Place, secrets);
        }
    }

    /// <summary>Adds the secrets of the cues that are not of ASCII.</summary>
    public static void FindInOtherLetters(string text, List<SecretRange> secrets)
    {
        foreach (var (cue, position) in SecretCues.InOtherLetters(text))
            Find(text, position, position + cue.Text.Length, cue.Place, secrets);
    }

    private static void Find(string text, int cue, int end, CuedPlace place, List<SecretRange> secrets)
    {
        switch (place)
        {
            case CuedPlace.Word or CuedPlace.Name:
                Add(FirstWord(text, end, LineEnd(text, end)), secrets);
                break;
            case CuedPlace.Line:
                Add(FirstWordSoon(text, end), secrets);
                break;
            case CuedPlace.Next:
                Add(OnlyWord(text, NextLine(text, end)), secrets);
                break;
            case CuedPlace.List:
                AddList(text, NextLine(text, end), secrets);
                break;
            case CuedPlace.Rest:
                Add(BehindColon(text, NextLine(text, end)), secrets);
                break;
            case CuedPlace.Column:
                AddColumn(text, NextLine(text, end), secrets);
                break;
            case >= CuedPlace.First and <= CuedPlace.Fourth:
                Add(Argument(text, end, place - CuedPlace.First), secrets);
                break;
            case CuedPlace.Row:
                Add(Row(text, NextLine(text, end)), secrets);
                break;
            case CuedPlace.Slash:
                Add(BehindSlash(text, end), secrets);
                break;
            case CuedPlace.Call:
                Add(LastString(text, end), secrets);
                break;
            case CuedPlace.Path:
                Add(Part(text, end), secrets);
                break;
            case CuedPlace.Piped:
                Add(PipedValue.Match(text, cue, end), secrets);
                break;
            case CuedPlace.Before:
                Add(BehindColonBefore(text, cue), secrets);
                break;
            case CuedPlace.String:
                Add(StringBefore(text, cue), secrets);
                break;
            case CuedPlace.Entries:
                AddEntries(text, NextLine(text, end), secrets);
                break;
            case CuedPlace.Value:
                Add(ValueBefore(text, cue), secrets);
                break;
        }
    }

    private static void Add(SecretRange? found, List<SecretRange> secrets)
    {
        if (found is { } secret)
            secrets.Add(secret);
    }

    public static int LineEnd(string text, int position)
    {
        if (position >= text.Length)
            return text.Length;
        var rest = text.AsSpan(position, Math.Min(MaxLine, text.Length - position));
        var length = rest.IndexOfAny('\r', '\n');
        var end = position + (length < 0 ? rest.Length : length);
        return end + 1 < text.Length && text[end] == '\r' && text[end + 1] == '\n' ? end + 1 : end;
    }

    /// <summary>Where the next line begins; at the text's end if there is none soon.</summary>
    public static int NextLine(string text, int position)
    {
        if (position >= text.Length)
            return text.Length;
        var length = text.AsSpan(position, Math.Min(MaxCall, text.Length - position)).IndexOf('\n');
        return length < 0 ? text.Length : position + length + 1;
    }

    public static bool IsPassword(ReadOnlySpan<char> value) =>
        ValueShape.IsPasswordLike(value) && !ValueShape.IsUuid(value) && !ValueShape.IsHost(value);

    /// <summary>The first word of a range that looks like a password.</summary>
    private static SecretRange? FirstWord(string text, int start, int end)
    {
        for (var words = 0; words < MaxWords; words++)
        {
            while (start < end && (Characters.IsSpace(text[start]) || Gaps.Contains(text[start]) || text[start] > LastLetter))
                start++;
            if (start >= end)
                return null;
            var stop = start;
            while (stop < end && !Characters.IsSpace(text[stop]) && !Gaps.Contains(text[stop]))
                stop++;
            // What is no ASCII at its end is punctuation of another script.
            var foreign = text.AsSpan(start, stop - start).IndexOfAnyExceptInRange('!', '~');
            if ((foreign > 0 ? Within(text, start, start + foreign) : null) is { } ascii)
                return ascii;
            if (Within(text, start, stop) is { } secret)
                return secret;
            start = stop;
        }
        return null;
    }

    /// <summary>The same on the rest of this line and the next two.</summary>
    private static SecretRange? FirstWordSoon(string text, int start)
    {
        var end = LineEnd(text, start);
        var found = FirstWord(text, start, end);
        for (var lines = 0; lines < 2 && end < text.Length && found is null; lines++)
        {
            end = LineEnd(text, end + 1);
            found = FirstWord(text, start, end);
        }
        return found;
    }

    /// <summary>A word, or the password of <c>user/password@host</c>.</summary>
    private static SecretRange? Within(string text, int start, int end)
    {
        while (end - start > 1 && text[end - 1] is '.' or ':')
            end--;
        var word = text.AsSpan(start, end - start);
        if (word.IndexOf('/') is > 0 and var slash && word[slash..].LastIndexOf('@') is > 1 and var at)
            return new(start + slash + 1, start + slash + at);
        return IsPassword(word) ? new(start, end) : null;
    }

    /// <summary>The only word of a line, apart from the mark of a list item or of a table's border.</summary>
    public static SecretRange? OnlyWord(string text, int start)
    {
        if (start >= text.Length)
            return null;
        var end = LineEnd(text, start);
        while (start < end && (text[start] is '-' or '*' or '|' or '+' || Characters.IsSpace(text[start]) || Gaps.Contains(text[start])))
            start++;
        var mark = start;
        while (mark < end && char.IsAsciiDigit(text[mark]))
            mark++;
        if (mark > start && mark + 1 < end && text[mark] is '.' or ')' && text[mark + 1] == ' ')
            start = mark + 2;
        var stop = start;
        while (stop < end && !Characters.IsSpace(text[stop]) && text[stop] is not ('`' or '"' or '\''))
            stop++;
        var rest = text.AsSpan(stop, end - stop);
        return rest.IndexOfAnyExcept(LineEnds) < 0 && IsPassword(text.AsSpan(start, stop - start)) ? new(start, stop) : null;
    }

    private static void AddList(string text, int start, List<SecretRange> secrets)
    {
        for (var lines = 0; lines < MaxListed && start < text.Length; lines++)
        {
            Add(OnlyWord(text, start), secrets);
            start = NextLine(text, start);
        }
    }

    private static void AddColumn(string text, int start, List<SecretRange> secrets)
    {
        for (var lines = 0; lines < MaxListed && start < text.Length; lines++)
        {
            var end = LineEnd(text, start);
            var at = start;
            for (var words = 0; words < 3 && at < end; words++)
            {
                at = Characters.SkipSpace(text, at);
                var stop = Characters.RunEnd(text, at, static value => !Characters.IsSpace(value), MaxLine);
                if (words == 2 && stop <= end && IsPassword(text.AsSpan(at, stop - at).Trim('"')))
                    secrets.Add(new(at, stop));
                at = stop;
            }
            start = NextLine(text, start);
        }
    }

    /// <summary>An argument of a command, options not counted.</summary>
    private static SecretRange? Argument(string text, int start, int skipped)
    {
        var end = LineEnd(text, start);
        if (text[start - 1] != ' ')
            start = Characters.RunEnd(text, start, static value => !Characters.IsSpace(value), end - start);
        while (start < end)
        {
            start = Characters.SkipSpace(text, start);
            if (start >= end)
                return null;
            var quote = Quotes.Contains(text[start]) ? text[start] : '\0';
            var first = quote == '\0' ? start : start + 1;
            var stop = first;
            while (stop < end && (quote == '\0' ? !Characters.IsSpace(text[stop]) && !Quotes.Contains(text[stop]) : text[stop] != quote))
                stop++;
            if (text[start] != '-' && skipped-- == 0)
                return IsPassword(text.AsSpan(first, stop - first)) ? new(first, stop) : null;
            start = stop + 1;
        }
        return null;
    }

    /// <summary>Of what a command printed, the value of the first row that is called like one.</summary>
    private static SecretRange? Row(string text, int start)
    {
        for (var lines = 0; lines < MaxListed && start < text.Length; lines++)
        {
            var end = LineEnd(text, start);
            while (start < end && (text[start] == ' ' || Tables.IsBar(text[start])))
                start++;
            var stop = Characters.WordEnd(text, start);
            var name = text.AsSpan(start, stop - start);
            foreach (var label in (ReadOnlySpan<string>)["value", "secret", "token", "key", "password"])
            {
                if (!name.Equals(label, StringComparison.OrdinalIgnoreCase))
                    continue;
                while (stop < end && (text[stop] is ' ' or ':' or '=' || Tables.IsBar(text[stop])))
                    stop++;
                var last = SpokenValue.WordEnd(text, stop);
                if (IsPassword(text.AsSpan(stop, last - stop)) || ValueShape.IsUuid(text.AsSpan(stop, last - stop)))
                    return new(stop, last);
            }
            start = NextLine(text, end);
        }
        return null;
    }

    /// <summary>The password of "user / password".</summary>
    private static SecretRange? BehindSlash(string text, int start)
    {
        var end = LineEnd(text, start);
        if (text.AsSpan(start, end - start).IndexOf(" / ", StringComparison.Ordinal) is not (>= 0 and var slash))
            return null;
        start += slash + " / ".Length;
        while (start < end && Quotes.Contains(text[start]))
            start++;
        var stop = SpokenValue.WordEnd(text, start);
        return IsPassword(text.AsSpan(start, stop - start)) ? new(start, stop) : null;
    }

    private static SecretRange? BehindColon(string text, int start)
    {
        if (start >= text.Length)
            return null;
        var end = LineEnd(text, start);
        if (text.AsSpan(start, end - start).LastIndexOf(": ", StringComparison.Ordinal) is not (>= 0 and var colon))
            return null;
        start = Characters.SkipSpace(text, start + colon + 1);
        while (end > start && Characters.IsSpace(text[end - 1]))
            end--;
        return end - start > 1 && !ValueShape.IsPlaceholder(text.AsSpan(start, end - start)) ? new(start, end) : null;
    }

    /// <summary>The last string up to the end of the call or line that looks like a password.</summary>
    public static SecretRange? LastString(string text, int start)
    {
        var last = Math.Min(text.Length, start + MaxCall);
        var depth = 0;
        SecretRange? found = null;
        for (var at = start; at < last; at++)
        {
            var value = text[at];
            if (value is '\n' && depth <= 0 || (value is ')' && --depth < 0 && text[start - 1] == '('))
                break;
            if (value == '(')
                depth++;
            if (!Quotes.Contains(value))
                continue;
            var rest = text.AsSpan(at + 1, last - at - 1);
            var length = rest.IndexOf(value);
            if (length < 0)
                break;
            if (IsPassword(rest[..length].TrimEnd('\\')))
                found = new(at + 1, at + 1 + rest[..length].TrimEnd('\\').Length);
            at += length + 1;
        }
        return found;
    }

    private static SecretRange? Part(string text, int start)
    {
        var rest = text.AsSpan(start, Math.Min(MaxLine, text.Length - start));
        var skipped = 0;
        // The number of a bot stands before its key.
        if (rest.IndexOf(':') is > 0 and var colon && !rest[..colon].ContainsAnyExceptInRange('0', '9'))
            skipped = colon + 1;
        var length = rest[skipped..].IndexOfAny(PathEnds);
        if (length < 0)
            length = rest.Length - skipped;
        var value = rest.Slice(skipped, length);
        return value.Length >= 6 && !ValueShape.IsPlaceholder(value) && !ValueShape.IsIdentifier(value)
            ? new(start + skipped, start + skipped + length)
            : null;
    }

    private static SecretRange? BehindColonBefore(string text, int cue)
    {
        var from = Math.Max(0, cue - MaxLine);
        var before = text.AsSpan(from, cue - from);
        if (before.LastIndexOfAny(Quotes) is >= 0 and var quote)
        {
            from += quote + 1;
            before = before[(quote + 1)..];
        }

        return before.IndexOf(':') is >= 0 and var colon && colon + 1 < before.Length && !before.ContainsAny(' ', '\n')
            ? new(from + colon + 1, cue)
            : null;
    }

    private static SecretRange? StringBefore(string text, int quote)
    {
        var from = Math.Max(0, quote - MaxLine);
        var before = text.AsSpan(from, quote - from);
        return before.LastIndexOf(text[quote]) is >= 0 and var open && IsPassword(before[(open + 1)..])
            ? new(from + open + 1, quote)
            : null;
    }

    /// <summary>The values of the lines below that are indented.</summary>
    private static void AddEntries(string text, int start, List<SecretRange> secrets)
    {
        for (var lines = 0; lines < MaxListed && start < text.Length && text[start] == ' '; lines++)
        {
            Add(BehindColon(text, start), secrets);
            start = NextLine(text, start);
        }
    }

    private static SecretRange? ValueBefore(string text, int cue)
    {
        var from = Math.Max(0, cue - MaxCall);
        var before = text.AsSpan(from, cue - from);
        if (before.LastIndexOf("\"value\"", StringComparison.Ordinal) is not (>= 0 and var value))
            return null;
        var at = Characters.SkipSpace(text, from + value + "\"value\"".Length);
        if (at >= cue || text[at] != ':' || (at = Characters.SkipSpace(text, at + 1)) >= cue || text[at] != '"')
            return null;
        var end = SecretValue.End(text, at, line: false, out var start);
        return end > start && end < cue ? new(start, end) : null;
    }
}
