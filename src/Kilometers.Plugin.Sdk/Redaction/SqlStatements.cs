namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>Values that SQL puts apart from their names: <c>IDENTIFIED BY '…'</c>, and <c>INSERT INTO users (name, password) VALUES ('a', '…')</c>.</summary>
internal static class SqlStatements
{
    private const int MaxColumns = 64;
    private const int MaxList = 4000;
    private const int MaxGap = 64;

    /// <summary>Adds the secrets of the statement whose first word is at a position.</summary>
    /// <returns>Where to go on: behind what was consumed.</returns>
    public static int Find(string text, int position, SecretNames names, List<SecretRange> secrets)
    {
        var rest = text.AsSpan(position);
        if (rest.StartsWith("identified ", StringComparison.OrdinalIgnoreCase))
            return Identified(text, position + "identified ".Length, secrets);
        if (rest.StartsWith("insert into ", StringComparison.OrdinalIgnoreCase))
            return Insert(text, position + "insert into ".Length, names, secrets);
        return position;
    }

    private static int Identified(string text, int position, List<SecretRange> secrets)
    {
        var gap = text.AsSpan(position, Math.Min(MaxGap, text.Length - position));
        var quote = gap.IndexOfAny('\'', '"');
        if (gap.StartsWith("by ", StringComparison.OrdinalIgnoreCase) && quote != "by ".Length)
        {
            // Oracle needs no quotes.
            var word = position + "by ".Length;
            var stop = SpokenValue.WordEnd(text, word);
            if (ValueShape.IsPasswordLike(text.AsSpan(word, stop - word)))
                secrets.Add(new(word, stop));
            return stop;
        }
        if (quote < 0 || !gap[..quote].Contains("by ", StringComparison.OrdinalIgnoreCase))
            return position;
        var end = SecretValue.End(text, position + quote, line: false, out var start);
        if (end > start)
            secrets.Add(new(start, end));
        return end;
    }

    private static int Insert(string text, int position, SecretNames names, List<SecretRange> secrets)
    {
        var list = text.AsSpan(position, Math.Min(MaxList, text.Length - position));
        var open = list.IndexOf('(');
        var close = list.IndexOf(')');
        if (open < 0 || close < open)
            return position;
        Span<Range> columns = stackalloc Range[MaxColumns];
        var head = list[(open + 1)..close];
        var count = head.Split(columns, ',');
        var hidden = new bool[count];
        var any = false;
        for (var column = 0; column < count; column++)
            any |= hidden[column] = names.Classify(head[columns[column]].Trim(" `\"[]")) is NameKind.Secret or NameKind.Ambiguous;
        var at = Characters.SkipSpace(text, position + close + 1);
        if (!any || !text.AsSpan(at).StartsWith("values", StringComparison.OrdinalIgnoreCase))
            return position;
        at = Characters.SkipSpace(text, at + "values".Length);
        while (at < text.Length && text[at] == '(')
        {
            at = Row(text, at + 1, hidden, secrets);
            at = Characters.SkipSpace(text, at);
            if (at < text.Length && text[at] == ',')
                at = Characters.SkipSpace(text, at + 1);
        }
        return at;
    }

    /// <returns>Behind the closing parenthesis.</returns>
    private static int Row(string text, int at, bool[] hidden, List<SecretRange> secrets)
    {
        for (var column = 0; at < text.Length; column++)
        {
            at = Characters.SkipSpace(text, at);
            if (at >= text.Length)
                break;
            var start = at;
            int end;
            if (text[at] is '\'' or '"')
            {
                end = SecretValue.End(text, at, line: false, out start);
                at = Math.Min(text.Length, end + 1);
            }
            else
            {
                while (at < text.Length && text[at] is not (',' or ')'))
                    at++;
                end = at;
            }
            if (
                column < hidden.Length
                && hidden[column]
                && end > start
                && !text.AsSpan(start, end - start).Trim().Equals("null", StringComparison.OrdinalIgnoreCase)
            )
                secrets.Add(new(start, end));
            at = Characters.SkipSpace(text, at);
            if (at >= text.Length || text[at] == ')')
                return Math.Min(text.Length, at + 1);
            if (text[at] != ',')
                return at;
            at++;
        }
        return text.Length;
    }
}
