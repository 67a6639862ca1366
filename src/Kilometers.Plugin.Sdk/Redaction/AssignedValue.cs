using System.Buffers;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>What follows a name and a colon or equals sign.</summary>
internal static class AssignedValue
{
    private const int MaxType = 48;

    private static readonly SearchValues<char> NoType = SearchValues.Create("\"'\r\n,;{(");
    private static readonly SearchValues<char> Brackets = SearchValues.Create("()[]{}");

    public static SecretRange? Match(FoundName name)
    {
        var text = name.Text;
        var separator = BehindMarks(name);
        if (
            name.At(separator) is not (':' or '=') and not ('-' or '?')
            || (name.At(separator) is '-' or '?' && name.At(separator + 1) is not ('>' or '='))
        )
            return null;
        var sign = separator + 1;
        if (text[separator] is '-' or '?')
            sign++;
        if (name.At(sign) == '=' && name.At(separator) == '=')
            return Compared(name, sign);
        if (name.At(separator) == ':' && name.At(sign) == ':' && name.At(sign + 1) != ' ')
            return null;
        if (name.At(sign) == ':')
            sign++;
        if (name.At(sign) is '=' or '>' || (name.At(sign) == '-' && text[separator] == ':' && name.At(sign + 1) is not (' ' or '-')))
            sign++;
        while (name.At(sign) == '*')
            sign++;
        var value = Characters.SkipSpace(text, sign);
        if (value >= text.Length)
            return null;
        // An anchor or tag of YAML.
        if (
            text[value] is '&' or '!'
            && text[separator] == ':'
            && SpokenValue.WordEnd(text, value) is var anchor
            && name.At(anchor) == ' '
            && name.At(anchor + 1) is not ('\0' or '=' or '&' or '|')
        )
            value = anchor + 1;
        var newline = text.AsSpan(sign, value - sign).ContainsAny('\r', '\n');
        if (text[separator] == '=' && text.AsSpan(value).StartsWith("string(", StringComparison.Ordinal) && name.IsQuoted)
        {
            // As PHP dumps it: its length first.
            var length = text.AsSpan(value, Math.Min(MaxType, text.Length - value)).IndexOf(')');
            value = Characters.SkipSpace(text, value + length + 1);
            newline = false;
        }

        if (Type(name, value) is var typed && typed > value)
            value = typed;
        // In a page, its name may end before it: <b>Password:</b> ….
        if (text[separator] == ':' && MarkedValue.IsLayout(text, value))
            return MarkedValue.BehindTags(name, value);
        // A block of its own in Markdown.
        if (newline && text.AsSpan(value).StartsWith("```", StringComparison.Ordinal))
            return OwnLine(name, value);
        if (name.HideString(value, strict: false) is { } quoted)
            return quoted;
        if (name.At(value) is '"' or '\'' or '`')
            return null;
        // A call that makes it of a string: String::from("…").
        if (name.Kind == NameKind.Secret && Made(name, value) is { } made)
            return made;
        if (newline)
            return text[separator] == ':' && !name.IsQuoted ? OwnLine(name, value) ?? Nested(name, value) : null;
        // A value of ODBC in braces.
        if (name.At(name.Start - 1) == ';' && name.At(value) == '{')
            return name.Hide(value + 1, SpokenValue.WordEnd(text, value + 1), strict: true);
        if (Block(name, value) is { } block)
            return block;
        if (text[value] is '{' or '[' && (!name.IsQuoted || name.Kind != NameKind.Secret))
            return null;
        var line = IsLine(name, separator);
        var stop = SecretValue.End(text, value, line, out var start);
        if (stop <= start)
            return null;
        // A value without quotes of a name in quotes is a JSON number or container; what replaces it must be a string.
        var bare = start == value && name.IsQuoted && text[separator] == ':' && text[value] != '\\';
        if (bare && text[value] is '{' or '[')
            return new(start, stop, text[name.End..name.Closing].TrimEnd(']', ')'));
        if (line)
            return name.Hide(start, stop, strict: false);
        // "Credentials: name / password".
        if (stop + 3 < text.Length && text.AsSpan(stop, 3) is " / ")
            stop = SpokenValue.WordEnd(text, stop + 3);
        // A command that makes it of a string: ConvertTo-SecureString "…".
        if (!bare && name.At(stop) == ' ' && name.At(stop + 1) is '"' or '\'' && ValueShape.IsCommand(text.AsSpan(value, stop - value)))
            return name.HideString(stop + 1, strict: false);
        if (!bare && IsCode(name, separator, value, stop))
            return null;
        return name.Hide(start, stop, strict: false) is { } secret
            ? secret with
            {
                Quote = bare ? text[name.End..name.Closing].TrimEnd(']', ')') : "",
            }
            : null;
    }

    /// <summary>
    /// What a page's element is called may be followed by its state: <c>textbox "Password" [active] [ref=e5]: …</c>. Dots may lead to the value.
    /// </summary>
    private static int BehindMarks(FoundName name)
    {
        var at = name.Next;
        if (name.At(at) == '.' && name.At(at + 1) == '.')
            return Characters.RunEnd(name.Text, at, static value => value is '.' or ' ', MaxType);
        for (var marks = 0; marks < 4 && name.IsQuoted && name.At(at) == '[' && name.At(at - 1) == ' '; marks++)
        {
            var rest = name.Text.AsSpan(at, Math.Min(MaxType, name.Text.Length - at));
            if (rest.IndexOfAny(']', '\n') is not (> 0 and var close) || rest[close] == '\n')
                return name.Next;
            at += close + 1;
            if (name.At(at) == ' ')
                at++;
        }
        return at;
    }

    /// <summary>All of these headers' value is secret, and it may have several words: Digest …, a=1; b=2. So may a seed phrase.</summary>
    private static bool IsLine(FoundName name, int separator)
    {
        if (name.Text[separator] != ':' || name.Closing != name.End)
            return false;
        foreach (var header in (ReadOnlySpan<string>)["authorization", "proxy-authorization", "cookie", "mnemonic"])
        {
            if (name.Name.Equals(header, StringComparison.OrdinalIgnoreCase))
                return true;
        }
        return false;
    }

    private static SecretRange? Made(FoundName name, int value)
    {
        var open = Characters.RunEnd(name.Text, value, static value => Characters.IsWord(value) || value is '.' or ':', MaxType);
        if (open == value || name.At(open) != '(' || name.HideString(open + 1, strict: true) is not { } made)
            return null;
        return ValueShape.IsIdentifier(name.Text.AsSpan(made.Start, made.End - made.Start)) ? null : made;
    }

    private static SecretRange? Compared(FoundName name, int sign)
    {
        while (name.At(sign) == '=')
            sign++;
        return name.HideString(Characters.SkipSpace(name.Text, sign), strict: true);
    }

    /// <summary>Where the value is if a type comes first: <c>secret: &amp;str = "…"</c>.</summary>
    private static int Type(FoundName name, int value)
    {
        var rest = name.Text.AsSpan(value, Math.Min(MaxType, name.Text.Length - value));
        var sign = rest.IndexOf(" = ", StringComparison.Ordinal);
        if (sign <= 0 || rest[..sign].ContainsAny(NoType) || value + sign + 3 >= name.Text.Length)
            return value;
        return name.At(value + sign + 3) is '"' or '\'' ? value + sign + 3 : value;
    }

    /// <summary>A label with the value on a line of its own below.</summary>
    public static SecretRange? OwnLine(FoundName name, int value)
    {
        while (name.At(value) is '`' or '*')
            value++;
        // The line is in a block of its own.
        if (name.At(value - 1) == '`' && name.At(value) is '\r' or '\n')
            value = Characters.SkipSpace(name.Text, value);
        var end = SpokenValue.WordEnd(name.Text, value);
        if (name.At(end) == '`')
            return name.Hide(value, end, strict: true);
        return SpokenValue.EndsLine(name, end) ? name.Hide(value, end, strict: true) : null;
    }

    /// <summary>The only item of a list below it, or its member "value".</summary>
    private static SecretRange? Nested(FoundName name, int value)
    {
        if (name.At(value) == '-' && name.At(value + 1) == ' ')
            return OwnLine(name, value + 2);
        var end = Characters.WordEnd(name.Text, value);
        return name.At(end) == ':' && name.Text.AsSpan(value, end - value) is "value" or "content" or "data" or "text"
            ? Match(new FoundName(name.Text, value, end, name.Kind))
            : null;
    }

    /// <summary>A block of YAML: the lines below that are indented.</summary>
    private static SecretRange? Block(FoundName name, int value)
    {
        var text = name.Text;
        if (text[value] is not ('|' or '>'))
            return null;
        var line = value + 1;
        while (name.At(line) is '-' or '+')
            line++;
        if (name.At(line) is not ('\r' or '\n'))
            return null;
        var start = Characters.SkipSpace(text, line);
        if (start == text.Length)
            return null;
        var end = start;
        while (end < text.Length)
        {
            var next = text.IndexOf('\n', end);
            if (next < 0)
                return new(start, text.Length);
            if (
                next + 1 >= text.Length
                || text[next + 1] is not (' ' or '\t')
                || text.AsSpan(next + 1).TrimStart(' ') is { Length: > 0 } rest
                    && text.Length - rest.Length - next <= start - text.LastIndexOf('\n', start - 1) - 1
            )
                return new(start, next);
            end = next + 1;
        }
        return new(start, end);
    }

    /// <summary>Whether a value without quotes is code or prose: another name, a call, a type, the beginning of a sentence.</summary>
    private static bool IsCode(FoundName name, int separator, int value, int stop)
    {
        var text = name.Text;
        var word = text.AsSpan(value, stop - value);
        if (word[0] is '(' or '&' or '|' or ')' || (word[0] == '!' && ValueShape.IsIdentifier(word[1..])))
            return true;
        if (ValueShape.IsNoValue(word.TrimEnd(",)]}")))
            return true;
        var spaced = separator > name.Closing || value > separator + 1;
        var next = name.At(stop);
        var call = word.IndexOfAny('(', '[');
        if (call > 0 && spaced && ValueShape.IsIdentifier(word[..call]))
            return true;
        var identifier = word.TrimEnd(",)];");
        if (!ValueShape.IsIdentifier(identifier))
            return word.ContainsAny(Brackets)
                && spaced
                && text[separator] == '='
                && !name.IsUpperCase
                && !ValueShape.IsPasswordLike(identifier);
        if (identifier.Equals(name.Name, StringComparison.OrdinalIgnoreCase) && !name.IsUpperCase)
            return true;
        if (!spaced)
            return identifier.Length < word.Length && identifier.Contains('.');
        if (identifier.Contains('.') && !name.IsUpperCase)
            return true;
        if (next is ';' or ',' or ')' or '[' or '?' or '(' or '<' || identifier.Length < word.Length)
            return true;
        // "token: the one that …": a sentence follows.
        return next == ' '
            && stop + 1 < text.Length
            && (char.IsLetter(text[stop + 1]) || text[stop + 1] is '?' or '+' or '&' or '|' or '=' or '-' or '(' or '}');
    }
}
