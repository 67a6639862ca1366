namespace Kilometers.Cli.Output;

/// <summary>Sentences on lines that fit the terminal.</summary>
internal static class WrappedText
{
    private const int MinWidth = 40;

    /// <summary>The lines; all but the first are indented.</summary>
    /// <param name="text">Whatever others wrote in it is made harmless.</param>
    /// <param name="width">The terminal's columns; null: one line.</param>
    /// <param name="ellipsis">What stands where a word was cut.</param>
    public static IEnumerable<string> Lines(string text, int? width, string ellipsis)
    {
        var most = Math.Max(MinWidth, width ?? int.MaxValue);
        var line = "";
        foreach (var word in TerminalText.Line(text).Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > most)
            {
                yield return ColumnTable.Cut(line, most, ellipsis);
                line = "  " + word;
            }
            else
                line = line.Length == 0 ? word : $"{line} {word}";
        }

        yield return ColumnTable.Cut(line, most, ellipsis);
    }
}
