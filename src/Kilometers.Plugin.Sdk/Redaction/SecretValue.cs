namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>How far a secret's value reaches.</summary>
internal static class SecretValue
{
    /// <summary>The end of the value at a position: of a string its closing quote, of an object or array its last bracket, else the end of the word or header.</summary>
    /// <param name="text">The text.</param>
    /// <param name="position">Where the value begins.</param>
    /// <param name="line">Whether a value without quotes is the rest of the line.</param>
    /// <param name="start">Where what must be hidden begins: after an opening quote.</param>
    public static int End(string text, int position, bool line, out int start)
    {
        var escapes = 0;
        while (position + escapes < text.Length && text[position + escapes] == '\\')
            escapes++;
        var opening = position + escapes;
        start = position;
        if (opening >= text.Length)
            return text.Length;
        if (text[opening] is '"' or '\'' or '`')
        {
            start = opening + 1;
            return StringEnd(text, start, text[opening], escapes);
        }
        if (line)
            return Characters.RunEnd(text, position, static value => value is not ('\r' or '\n' or '"' or '\'' or '\\'));
        if (escapes > 0)
            return WordEnd(text, opening);
        return text[position] is '{' or '[' ? ContainerEnd(text, position) : WordEnd(text, position);
    }

    /// <summary>The first quote that is escaped as the opening one was, or less; before its escapes.</summary>
    private static int StringEnd(string text, int position, char quote, int escapes)
    {
        var run = 0;
        for (var index = position; index < text.Length; index++)
        {
            if (text[index] == '\\')
            {
                run++;
                continue;
            }
            // An even number of backslashes beyond the opening's are escaped backslashes of the value.
            if (text[index] == quote && (run <= escapes ? run == escapes || run == 0 : (run - escapes) % (2 * (escapes + 1)) == 0))
                return index - Math.Min(run, escapes);
            run = 0;
        }
        return text.Length;
    }

    /// <summary>The bracket that closes the container, brackets within strings not counted. Strings are told by quotes, escaped or not.</summary>
    private static int ContainerEnd(string text, int position)
    {
        var depth = 0;
        var inString = false;
        var run = 0;
        var opening = 0;
        for (var index = position; index < text.Length; index++)
        {
            var value = text[index];
            if (value == '\\')
            {
                run++;
                continue;
            }
            if (value == '"')
            {
                if (!inString)
                {
                    inString = true;
                    opening = run;
                }
                else if (run <= opening)
                {
                    inString = false;
                }
            }
            else if (!inString && value is '{' or '[')
            {
                depth++;
            }
            else if (!inString && value is '}' or ']' && --depth == 0)
            {
                return index + 1;
            }
            run = 0;
        }
        return text.Length;
    }

    /// <summary>A bare word: <c>password=x&amp;…</c>, in which commas and brackets may stand; behind a colon they end it. A header's scheme belongs to it: <c>X-Authorization: Bearer x</c>.</summary>
    private static int WordEnd(string text, int position)
    {
        var assigned = text[position - 1] == '=';
        var end = position;
        for (var words = 0; words < 2; words++)
        {
            var word = end;
            end = Characters.RunEnd(text, end, assigned ? IsAssigned : IsPlain);
            if (!ValueShape.IsScheme(text.AsSpan(word, end - word)))
                return WithoutBracket(text, position, end);
            while (end < text.Length && text[end] == ' ')
                end++;
        }
        return end;
    }

    /// <summary>A closing bracket at the end that nothing in the word opens is not its own: <c>(user=app pass=x)</c>.</summary>
    private static int WithoutBracket(string text, int start, int end)
    {
        while (end - start > 1 && text[end - 1] is ')' or ']' or '}' && !text.AsSpan(start, end - start).ContainsAny('(', '[', '{'))
            end--;
        return end;
    }

    private static bool IsAssigned(char value) => !Characters.IsSpace(value) && value is not (';' or '&' or '"' or '\'' or '\\' or '<');

    private static bool IsPlain(char value) => IsAssigned(value) && value is not (',' or '}' or ']' or ')');
}
