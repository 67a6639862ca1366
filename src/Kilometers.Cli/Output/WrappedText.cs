namespace Kilometers.Cli.Output;

/// <summary>Sentences on lines that fit the terminal.</summary>
internal static class WrappedText
{
    private const int MinWidth = 40;
    private const string Indent = "  ";

    /// <summary>The lines; all but the first are indented.</summary>
    /// <param name="text">Whatever others wrote in it is made harmless.</param>
    /// <param name="width">The terminal's columns; null: one line.</param>
    public static IEnumerable<string> Lines(string text, int? width)
    {
        var most = Math.Max(MinWidth, width ?? int.MaxValue);
        var line = "";
        foreach (var word in TerminalText.Line(text).Split(' ').SelectMany(word => Parts(word, most - Indent.Length)))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > most)
            {
                yield return line;
                line = Indent + word;
            }
            else
                line = line.Length == 0 ? word : $"{line} {word}";
        }

        yield return line;
    }

    /// <summary>A hash that is cut off proves nothing: a word that is too long goes on in the next line.</summary>
    private static IEnumerable<string> Parts(string word, int most)
    {
        while (word.Length > most)
        {
            var end = char.IsHighSurrogate(word[most - 1]) ? most - 1 : most;
            yield return word[..end];
            word = word[end..];
        }

        yield return word;
    }
}
