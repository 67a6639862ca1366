namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>A value that markup, a call or a second member ties to a name.</summary>
internal static class MarkedValue
{
    private const int MaxGap = 160;
    private const int MaxElement = 8192;
    private const int MaxPrefix = 40;
    private const string CData = "<![CDATA[";

    private static readonly string[] Values = ["value", "default", "content", "val"];

    public static SecretRange? Match(FoundName name) =>
        Element(name) ?? Argument(name) ?? Behind(name) ?? Cell(name) ?? Part(name) ?? Paired(name);

    /// <summary><c>&lt;password type="x"&gt;…&lt;/password&gt;</c>.</summary>
    private static SecretRange? Element(FoundName name)
    {
        var text = name.Text;
        var before = name.Start - 1;
        if (name.At(before) is ':' or '.')
        {
            // A prefix of a namespace, or the packages of a class.
            before--;
            while (before > name.Start - MaxPrefix && (Characters.IsWord(name.At(before)) || name.At(before) == '.'))
                before--;
        }
        // Behind a word it is a type's argument: List<Token>.
        if (name.At(before) != '<' || Characters.IsWord(name.At(before - 1)))
            return null;
        var rest = text.AsSpan(name.End, Math.Min(MaxGap, text.Length - name.End));
        var close = rest.IndexOfAny('>', '<');
        if (close < 0 || rest[close] != '>' || (close > 0 && rest[close - 1] == '/'))
            return null;
        // In a property list it is the name of the string that follows.
        if (
            name.Name is "key"
            && text.AsSpan(name.End, Math.Min(MaxGap, text.Length - name.End)).IndexOf("</key>", StringComparison.Ordinal)
                is > 0
                    and var last
        )
        {
            var sibling = Characters.SkipSpace(text, name.End + last + "</key>".Length);
            if (text.AsSpan(sibling).StartsWith("<string>", StringComparison.Ordinal))
                return null;
        }

        return UntilTag(name, name.End + close + 1, strict: false);
    }

    /// <summary><c>name="password"&gt;&lt;value&gt;…</c>, <c>&lt;key&gt;token&lt;/key&gt;&lt;string&gt;…</c>: the name ends one tag, and the next one holds the value.</summary>
    private static SecretRange? Behind(FoundName name)
    {
        var position = name.Closing;
        return name.At(position) == '<' || (name.IsQuoted && name.At(position) == '>') ? BehindTags(name, position) : null;
    }

    /// <summary>Whether a tag ends there, or one begins that only tells what text looks like.</summary>
    public static bool IsLayout(string text, int position)
    {
        if (position + 1 >= text.Length || text[position] != '<')
            return false;
        var end = Characters.WordEnd(text, position + 1);
        return text[position + 1] == '/'
            || text.AsSpan(position + 1, end - position - 1)
                is "b"
                    or "strong"
                    or "i"
                    or "em"
                    or "u"
                    or "tt"
                    or "code"
                    or "kbd"
                    or "samp"
                    or "pre"
                    or "mark"
                    or "span"
                    or "font"
                    or "p"
                    or "br"
                    or "td"
                    or "div";
    }

    /// <summary>What stands behind a few tags.</summary>
    public static SecretRange? BehindTags(FoundName name, int position)
    {
        for (var tags = 0; tags < 4 && name.At(position) is '<' or '>'; tags++)
        {
            var rest = name.Text.AsSpan(position, Math.Min(MaxGap, name.Text.Length - position));
            var close = rest.IndexOf('>');
            if (close < 0)
                return null;
            position = Characters.SkipSpace(name.Text, position + close + 1);
        }
        return UntilTag(name, position, strict: true);
    }

    /// <summary>The text of an element.</summary>
    public static SecretRange? UntilTag(FoundName name, int start, bool strict)
    {
        start = Characters.SkipSpace(name.Text, start);
        if (name.Text.AsSpan(start).StartsWith(CData, StringComparison.Ordinal))
            start += CData.Length;
        // The value may be an element of its own.
        if (
            name.At(start) == '<'
            && name.Text.AsSpan(start + 1, Math.Min(6, name.Text.Length - start - 1)).Equals("Value>", StringComparison.OrdinalIgnoreCase)
        )
            start = Characters.SkipSpace(name.Text, start + "<Value>".Length);
        var rest = name.Text.AsSpan(start, Math.Min(MaxElement, name.Text.Length - start));
        var length = rest.IndexOf('<');
        var end = start + (length < 0 ? rest.Length : length);
        if (name.Text.AsSpan(start, end - start).IndexOf("]]>", StringComparison.Ordinal) is >= 0 and var close)
            end = start + close;
        while (end > start && Characters.IsSpace(name.Text[end - 1]))
            end--;
        // A user's name on one line, the password on the next.
        if (name.Kind == NameKind.Ambiguous && name.Text.AsSpan(start, end - start).LastIndexOf('\n') is > 0 and var line)
            start += line + 1;
        return name.Hide(start, end, strict);
    }

    /// <summary><c>define('PASSWORD', '…')</c>, <c>.apiKey("…")</c>, <c>env("TOKEN") || "…"</c>.</summary>
    private static SecretRange? Argument(FoundName name)
    {
        var next = name.Next;
        // So R assigns.
        if (name.At(next) == '<' && name.At(next + 1) == '-')
            return name.HideString(Characters.SkipSpace(name.Text, next + 2), strict: false);
        // A pair of Lisp.
        if (name.At(next) == '.' && name.At(next + 1) == ' ' && name.At(name.Start - (name.IsQuoted ? 2 : 1)) == '(')
            return name.HideString(next + 2, strict: true);
        // A tuple of Erlang begins with a name without quotes.
        if (name.At(next) == ',' && (name.IsQuoted || name.At(name.Start - (name.At(name.Start - 1) == ':' ? 2 : 1)) == '{'))
        {
            next = Characters.SkipSpace(name.Text, next + 1);
            // A binary of Erlang.
            return name.HideString(name.At(next) == '<' && name.At(next + 1) == '<' ? next + 2 : next, strict: true);
        }
        // What is typed into a field of a page: getByLabel('Password').fill('…').
        if (name.IsQuoted && name.At(next) == '.' && name.At(next - 1) == ')')
        {
            var call = Characters.WordEnd(name.Text, next + 1);
            return name.At(call) == '(' ? List(name, call + 1) : null;
        }
        if (name.At(next) == '\'' && name.At(next + 1) == '(')
            return CuedValue.LastString(name.Text, next + 2);
        // The next word of a command, as audit logs number them.
        if (
            name.IsQuoted
            && name.At(next) == 'a'
            && char.IsAsciiDigit(name.At(next + 1))
            && name.Text.AsSpan(next, Math.Min(5, name.Text.Length - next)).IndexOf('=') is > 0 and var sign
        )
            return name.HideString(next + sign + 1, strict: false);
        if (name.At(next) == '(' || (name.At(next) == '=' && name.At(next + 1) == '('))
            return List(name, name.Text.IndexOf('(', next) + 1);
        var rest = name.Text.AsSpan(next, Math.Min(3, name.Text.Length - next));
        if (rest is not (['|', '|', ..] or ['?', '?' or ':', ..] or ['o', 'r', ' '] or ['<', '<', '<']))
            return null;
        return name.HideString(Characters.SkipSpace(name.Text, next + (rest is ['<', ..] or [_, _, '='] ? 3 : 2)), strict: true);
    }

    /// <summary>The strings of a list in parentheses: one of them may be the secret.</summary>
    private static SecretRange? List(FoundName name, int position)
    {
        var last = Math.Min(name.Text.Length, position + MaxGap);
        for (var strings = 0; strings < 6; strings++)
        {
            while (position < last && name.At(position) is ' ' or ',' or '\n' or '\r')
                position++;
            // An argument may have a name.
            var named = Characters.NameEnd(name.Text, position, Math.Max(0, last - position));
            if (named > position && name.At(named) is '=' or ':')
                position = Characters.SkipSpace(name.Text, named + 1);
            if (position >= last || name.At(position) is not ('"' or '\''))
                return null;
            if (name.HideString(position, strict: true) is { } secret)
                return secret;
            var close = name.Text.AsSpan(position + 1, last - Math.Min(last, position + 1)).IndexOf(name.At(position));
            if (close < 0)
                return null;
            position += close + 2;
        }
        return null;
    }

    /// <summary><c>| Password | … |</c>.</summary>
    private static SecretRange? Cell(FoundName name)
    {
        if (!Tables.IsBar(name.At(name.Next)) || name.At(name.Next + 1) == '|' || name.Kind == NameKind.Weak)
            return null;
        var start = name.Next + 1;
        while (name.At(start) is ' ' or '`' or '*')
            start++;
        // A filter of a template.
        if (name.Text.AsSpan(start).StartsWith("default", StringComparison.Ordinal))
        {
            start += "default".Length;
            return name.HideString(name.At(start) is '(' or ' ' ? start + 1 : start, strict: true);
        }
        return name.Hide(start, SpokenValue.WordEnd(name.Text, start), strict: true);
    }

    /// <summary>A field of a form (RFC 7578): <c>name="password"</c>, an empty line, the value.</summary>
    private static SecretRange? Part(FoundName name)
    {
        if (!name.IsQuoted || !name.Text.AsSpan(name.Closing).StartsWith("\r\n\r\n", StringComparison.Ordinal))
            return null;
        var start = name.Closing + 4;
        var length = name.Text.AsSpan(start).IndexOfAny('\r', '\n');
        return name.Hide(start, length < 0 ? name.Text.Length : start + length, strict: false);
    }

    /// <summary><c>name: PASSWORD</c>, <c>value: …</c>.</summary>
    private static SecretRange? Paired(FoundName name)
    {
        var before = name.Start - 1;
        while (before >= 0 && before > name.Start - 8 && name.At(before) is '"' or '\'' or ' ' or '\\' or '`')
            before--;
        if (!name.IsQuoted && name.At(before) is not (':' or '='))
            return null;
        var gap = name.Text.AsSpan(name.Closing, Math.Min(MaxGap, name.Text.Length - name.Closing));
        foreach (var word in Values)
        {
            var at = gap.IndexOf(word, StringComparison.OrdinalIgnoreCase);
            if (at < 0 || gap[..at].ContainsAny("})]") || (at > 0 && Characters.IsToken(gap[at - 1])))
                continue;
            var value = new FoundName(name.Text, name.Closing + at, name.Closing + at + word.Length, name.Kind);
            if (name.At(value.Next) is not (':' or '='))
                continue;
            return AssignedValue.Match(value);
        }
        return null;
    }
}
