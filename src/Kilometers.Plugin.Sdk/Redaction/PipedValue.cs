namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>What a shell gives a program that reads a password: <c>echo … | kinit</c>, <c>kinit &lt;&lt;&lt; …</c>, <c>chpasswd &lt;&lt;EOF</c>.</summary>
internal static class PipedValue
{
    private const int MaxLine = 240;

    /// <param name="text">The text.</param>
    /// <param name="start">Where the program begins.</param>
    /// <param name="end">Where what tells that ends.</param>
    public static SecretRange? Match(string text, int start, int end) => Piped(text, start) ?? Here(text, end);

    /// <summary>The last word, or string, that is written into the pipe; of <c>user:password</c> the password. A line that begins with a bar is a table's.</summary>
    private static SecretRange? Piped(string text, int cue)
    {
        var from = Math.Max(0, cue - MaxLine);
        var before = text.AsSpan(from, cue - from);
        if (before.LastIndexOf('\n') is >= 0 and var newline)
        {
            from += newline + 1;
            before = before[(newline + 1)..];
        }
        if (before.LastIndexOf('|') is not (> 0 and var pipe) || before.TrimStart() is ['|', ..])
            return null;
        before = before[..pipe].TrimEnd();
        var quote = before is [.., '"' or '\''] ? before[^1] : '\0';
        if (quote != '\0')
            before = before[..^1];
        var start = (quote == '\0' ? before.LastIndexOfAny(' ', '\t') : before.LastIndexOf(quote)) + 1;
        return start > 0 ? BehindUser(text, from + start, from + before.TrimEnd('\\').Length) : null;
    }

    /// <summary><c>&lt;&lt;&lt; "…"</c> on the same line; or <c>&lt;&lt;EOF</c>, and the only word of the next line.</summary>
    private static SecretRange? Here(string text, int start)
    {
        var end = CuedValue.LineEnd(text, start);
        if (text.AsSpan(start, end - start).IndexOf("<<", StringComparison.Ordinal) is not (>= 0 and var sign))
            return null;
        start += sign + "<<".Length;
        if (start >= end || text[start] != '<')
            return CuedValue.OnlyWord(text, CuedValue.NextLine(text, start)) is { } line ? BehindUser(text, line.Start, line.End) : null;
        start++;
        while (start < end && text[start] is ' ' or '$' or '"' or '\'')
            start++;
        return BehindUser(text, start, SpokenValue.WordEnd(text, start));
    }

    private static SecretRange? BehindUser(string text, int start, int end)
    {
        var word = text.AsSpan(start, end - start);
        if (word.IndexOf(':') is > 0 and var colon && ValueShape.IsIdentifier(word[..colon]) && CuedValue.IsPassword(word[(colon + 1)..]))
            return new(start + colon + 1, end);
        return CuedValue.IsPassword(word) ? new(start, end) : null;
    }
}
