using System.Buffers;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>A value behind a name with only spaces or words between: "the password is …", <c>--token …</c>, <c>ENV KEY …</c>, <c>login x password …</c>.</summary>
internal static class SpokenValue
{
    private const int MaxWord = 512;
    private const int MaxSentence = 100;
    private const int MaxLine = 120;
    private const int MaxOwner = 5;
    private const int MinInserted = 8;

    private static readonly SearchValues<char> Ends = SearchValues.Create(" \t\r\n,;\"'`)]}<>|\\");

    public static SecretRange? Match(FoundName name)
    {
        var text = name.Text;
        var next = name.Next;
        // A list of arguments without quotes.
        if (name.At(next) == ',' && name.At(name.Start - 1) == '-' && name.At(name.Start - 2) == '-' && name.At(next + 1) == ' ')
            return name.Hide(next + 2, WordEnd(text, next + 2), strict: true);
        // "Please specify the password.", and the answer.
        if (name.Kind == NameKind.Secret && name.At(next) == '?' && name.At(next + 1) == ' ' && WordEnd(text, next + 2) is var answer)
            return EndsLine(name, answer) ? name.Hide(next + 2, answer, strict: true) : null;
        if (name.At(next) is '.' or '?' && name.At(next + 1) is '\r' or '\n')
            return name.Kind == NameKind.Secret ? CuedValue.OnlyWord(text, CuedValue.NextLine(text, next)) ?? Answer(name) : null;
        if (name.Kind == NameKind.Secret && name.At(next) is ',' or '(' && name.At(name.Closing) is ',' or ' ')
        {
            if ((Inserted(name, next) ?? (name.At(next) == ',' ? Sentence(name) : null)) is { } inserted)
                return inserted;
        }
        if (next >= text.Length || next == name.Closing)
            return null;
        if (
            name.At(name.Start - 1) == '-'
            && name.Closing == name.End
            && text[next] != '-'
            && !text.AsSpan(name.End, next - name.End).ContainsAny('\r', '\n')
        )
        {
            // An option: whatever follows is its value.
            var option = name.At(name.Start - 2) == '-' || char.IsAsciiLetterUpper(text[name.Start]);
            // What follows may be the name of it: --secret db_password ….
            if (option && ValueShape.IsIdentifier(text.AsSpan(next, WordEnd(text, next) - next)) && name.At(WordEnd(text, next)) == ' ')
                option = false;
            if (option)
                return SecretValue.End(text, next, line: false, out var first) is var last ? name.Hide(first, last, strict: false) : null;
        }
        if (text.AsSpan(name.Closing, next - name.Closing).ContainsAny('\r', '\n'))
            return (Heading(name) ? AssignedValue.OwnLine(name, next) : null) ?? Below(name);
        if (Place(name, next) is { } placed)
            return placed;
        // In prose "seed", "salt" or "auth" is followed by anything; a variable's name is not prose.
        var spoken =
            name.Kind == NameKind.Secret
            || name.Name.Contains('_')
            || name.Name.EndsWith("pass", StringComparison.OrdinalIgnoreCase)
            || name.Name.EndsWith("pw", StringComparison.OrdinalIgnoreCase);
        return spoken ? Words(name, next) ?? Sentence(name) ?? Answer(name) : null;
    }

    /// <summary>The end of the word at a position; a full stop at its end is the sentence's.</summary>
    public static int WordEnd(string text, int start)
    {
        if (start >= text.Length)
            return start;
        var rest = text.AsSpan(start, Math.Min(MaxWord, text.Length - start));
        var length = rest.IndexOfAny(Ends);
        if (length < 0)
            length = rest.Length;
        while (length > 0 && rest[length - 1] is '.' or ':')
            length--;
        return start + length;
    }

    public static bool EndsLine(FoundName name, int end)
    {
        if (name.At(end) == '.')
            end++;
        return name.At(end) is '\0' or '\r' or '\n';
    }

    /// <summary>Where a value must be: a .netrc file, a Dockerfile, a shell.</summary>
    private static SecretRange? Place(FoundName name, int next)
    {
        var from = Math.Max(0, name.Start - MaxLine);
        var before = name.Text.AsSpan(from, name.Start - from);
        var netrc =
            before.LastIndexOf("login ", StringComparison.Ordinal) >= 0 && before.IndexOf("machine ", StringComparison.Ordinal) >= 0;
        var variable =
            before.EndsWith("ENV ", StringComparison.Ordinal)
            || before.EndsWith("ARG ", StringComparison.Ordinal)
            || before.EndsWith("-gx ", StringComparison.Ordinal)
            || before.EndsWith("setx ", StringComparison.Ordinal)
            || before.EndsWith("setenv ", StringComparison.Ordinal);
        if (!netrc && !variable)
            return null;
        return name.HideString(next, strict: false) ?? name.Hide(next, WordEnd(name.Text, next), strict: false);
    }

    /// <summary>Whether the name is a line of its own, as a heading is.</summary>
    private static bool Heading(FoundName name)
    {
        var start = name.Start;
        while (start > 0 && name.Start - start < 8 && name.At(start - 1) is '#' or ' ' or '*')
            start--;
        return start == 0 || name.At(start - 1) == '\n';
    }

    /// <summary>A question or a command for it ends a line: what answers it is alone on one of the next two, or printed there as a string.</summary>
    private static SecretRange? Below(FoundName name)
    {
        if (name.Kind != NameKind.Secret)
            return null;
        var text = name.Text;
        var line = CuedValue.NextLine(text, name.Closing);
        for (var lines = 0; lines < 2 && line < text.Length; lines++)
        {
            if (CuedValue.OnlyWord(text, line) is { } word)
                return word;
            var start = line;
            if (name.At(start) == '$' && text.AsSpan(start, Math.Min(MaxLine, text.Length - start)).IndexOf('"') is > 0 and var quote)
                start += quote;
            else if (text.AsSpan(start).StartsWith("=> ", StringComparison.Ordinal))
                start += 3;
            if (name.HideString(start, strict: true) is { } printed)
                return printed;
            start = Characters.SkipSpace(text, start);
            if (text.AsSpan(start).StartsWith("value", StringComparison.OrdinalIgnoreCase))
                return AssignedValue.Match(new FoundName(text, start, start + "value".Length, name.Kind));
            line = CuedValue.NextLine(text, line);
        }
        return null;
    }

    /// <summary>The next word, or the one behind "is", "was set to" and the like.</summary>
    private static SecretRange? Words(FoundName name, int position)
    {
        var options = false;
        for (var words = 0; words < 8; words++)
        {
            // PASSWORD '…' is SQL, where every string behind it is one.
            if (name.At(position) is '"' or '\'' or '`' or '\\')
                return name.HideString(position, strict: name.At(position) != '\'' || name.Name is not "PASSWORD");
            if (name.At(position) is '=' && name.At(position + 1) is ' ')
            {
                position += 2;
                continue;
            }

            if (
                name.At(position) == '<'
                && name.Text.AsSpan(position, Math.Min(MaxSentence, name.Text.Length - position)).IndexOf('>') is > 0 and var tag
            )
                return MarkedValue.UntilTag(name, position + tag + 1, strict: true);
            while (name.At(position) == '.' && name.At(position + 1) is '.' or ' ')
                position++;
            while (name.At(position) == ' ')
                position++;
            var end = WordEnd(name.Text, position);
            if (name.Hide(position, end, strict: true) is { } secret)
                return secret;
            var word = name.Text.AsSpan(position, end - position);
            // "The API key provided: …".
            if (name.At(end) == ':' && name.At(end + 1) == ' ' && IsPlain(word))
            {
                position = end + 2;
                continue;
            }

            if (words == 0 && word is "for" or "of" && Owner(name, end) is { } behind)
            {
                position = behind;
                continue;
            }
            if (IsPlain(word) && Apart(name, word, end) is { } apart)
                return apart;
            if (name.At(end) != ' ' || !(IsPlain(word) || word is [>= '0' and <= '9'] || word is ['-', ..] || options))
                return null;
            options = word is ['-', ..];
            position = end + 1;
        }
        return null;
    }

    /// <summary>A word of a sentence in any language: letters alone; or an opening quotation mark.</summary>
    private static bool IsPlain(ReadOnlySpan<char> word)
    {
        foreach (var value in word)
        {
            if (!char.IsAsciiLetter(value) && value < 128)
                return false;
        }
        return true;
    }

    /// <summary>"The signing secret in the chat, …, is", and "the password is", after which the line ends.</summary>
    private static SecretRange? Apart(FoundName name, ReadOnlySpan<char> word, int end) =>
        name.At(end) is '\r' or '\n'
            ? IsCopula(word)
                ? CuedValue.OnlyWord(name.Text, CuedValue.NextLine(name.Text, end))
                : null
            : Inserted(name, end);

    /// <summary>Between commas, or in parentheses.</summary>
    private static SecretRange? Inserted(FoundName name, int position)
    {
        var text = name.Text;
        if (
            name.Kind != NameKind.Secret
            || name.Name.Contains('_')
            || !(name.At(position) is '(' || (name.At(position) == ',' && name.At(position + 1) == ' '))
        )
            return null;
        var bracket = name.At(position) == '(';
        var start = position + (bracket ? 1 : 2);
        if (name.At(start) is '"' or '\'' or '`')
            return name.HideString(start, strict: true) is { } quoted && quoted.End - quoted.Start >= MinInserted ? quoted : null;
        var end = WordEnd(text, start);
        var ends = bracket
            ? name.At(end) == ')'
            : name.At(end) is ',' or ';' || EndsLine(name, end) || (name.At(end) is '.' or ':' && name.At(end + 1) == ' ');
        // Short forms of standards and versions are explained so, too.
        return ends && end - start >= MinInserted && text.AsSpan(start, end - start).ContainsAnyInRange('a', 'z')
            ? name.Hide(start, end, strict: true)
            : null;
    }

    /// <summary>The last word of the line below a question.</summary>
    private static SecretRange? Answer(FoundName name)
    {
        var text = name.Text;
        var line = CuedValue.NextLine(text, name.Closing);
        if (name.Kind != NameKind.Secret || line >= text.Length || !text.AsSpan(name.Closing, line - name.Closing).TrimEnd().EndsWith("?"))
            return null;
        var length = text.AsSpan(line, Math.Min(MaxLine, text.Length - line)).IndexOfAny('\r', '\n');
        var end = length < 0 ? Math.Min(text.Length, line + MaxLine) : line + length;
        while (end > line && text[end - 1] is ' ' or '.' or '`' or '"')
            end--;
        var start = end;
        while (start > line && !Characters.IsSpace(text[start - 1]) && text[start - 1] is not ('`' or '"'))
            start--;
        return name.Hide(start, end, strict: true);
    }

    private static bool IsCopula(ReadOnlySpan<char> word)
    {
        foreach (
            var copula in (ReadOnlySpan<string>)
                ["is", "was", "now", "below", "follows", "ist", "lautet", "est", "es", "é", "är", "er", "to"]
        )
        {
            if (word.Equals(copula, StringComparison.OrdinalIgnoreCase))
                return true;
        }
        return false;
    }

    /// <summary>Behind "for bob is", "of the user alice was": whose it is, and where the value begins; null where no such word comes soon.</summary>
    private static int? Owner(FoundName name, int position)
    {
        for (var words = 0; words < MaxOwner && name.At(position) == ' '; words++)
        {
            var quoted = name.At(position + 1) is '"' or '\'' or '`' or '<';
            var start = position + (quoted ? 2 : 1);
            position = WordEnd(name.Text, start);
            var word = name.Text.AsSpan(start, position - start);
            if (quoted)
                position++;
            else if (word is "is" or "was" && name.At(position) == ' ')
                return position + 1;
            if (name.At(position) is ':' or '=' && name.At(position + 1) == ' ')
                return position + 2;
        }
        return null;
    }

    /// <summary>"A temporary password is generated for root@localhost: …", at the end of the line or on the next.</summary>
    private static SecretRange? Sentence(FoundName name)
    {
        var text = name.Text;
        var rest = text.AsSpan(name.Closing, Math.Min(MaxSentence, text.Length - name.Closing));
        var colon = rest.IndexOfAny(":\r\n=");
        if (colon < 0 || rest[colon] != ':' || colon + 1 >= rest.Length || !Characters.IsSpace(rest[colon + 1]))
            return null;
        var start = Characters.SkipSpace(text, name.Closing + colon + 1);
        var end = WordEnd(text, start);
        return EndsLine(name, end) ? name.Hide(start, end, strict: true) : null;
    }
}
