using System.Text;

namespace Kilometers.Packaging.Trust;

/// <summary>Splits a command line as a shell would, as far as quotes go: no variables, no patterns, no shell.</summary>
internal static class CommandWords
{
    /// <param name="text">Words apart by blanks; <c>'…'</c> is taken as it is; in <c>"…"</c> and outside, <c>\</c> takes the next character as it is.</param>
    /// <returns>The words; null if a quote does not end or there is no word.</returns>
    public static IReadOnlyList<string>? Split(string text)
    {
        var words = new List<string>();
        StringBuilder? word = null;
        var quote = '\0';
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\\' && quote != '\'')
            {
                if (++i == text.Length)
                    return null;

                // Between double quotes a backslash stands for itself unless it hides a quote or another backslash, as in a shell.
                word ??= new StringBuilder();
                if (quote == '"' && text[i] is not ('"' or '\\'))
                    word.Append('\\');
                word.Append(text[i]);
            }
            else if (quote != '\0')
            {
                if (c == quote)
                    quote = '\0';
                else
                    word!.Append(c);
            }
            else if (c is '\'' or '"')
            {
                quote = c;
                word ??= new StringBuilder();
            }
            else if (char.IsWhiteSpace(c))
            {
                if (word is not null)
                    words.Add(word.ToString());
                word = null;
            }
            else
            {
                (word ??= new StringBuilder()).Append(c);
            }
        }

        if (quote != '\0')
            return null;
        if (word is not null)
            words.Add(word.ToString());
        return words.Count > 0 && words[0].Length > 0 ? words : null;
    }
}
