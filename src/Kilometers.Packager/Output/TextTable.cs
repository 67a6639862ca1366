using Kilometers.Cli.Output;

namespace Kilometers.Packager.Output;

/// <summary>Columns for people: all but the last as wide as their widest cell, the last wrapped at words to what the terminal has left.</summary>
internal static class TextTable
{
    private const int Gap = 2;
    private const int NarrowestLast = 20;

    /// <summary>The terminal's width; where there is none, wide enough for any line.</summary>
    public static int TerminalWidth => Console.IsOutputRedirected ? int.MaxValue : Math.Max(40, Console.WindowWidth);

    /// <param name="rows">The cells.</param>
    /// <param name="width">The most columns of a line.</param>
    /// <returns>The lines, without blanks at their ends.</returns>
    public static IEnumerable<string> Format(IReadOnlyList<string[]> rows, int width)
    {
        if (rows.Count == 0)
            yield break;
        rows = [.. rows.Select(row => row.Select(cell => TerminalText.Line(cell)).ToArray())];
        var last = rows[0].Length - 1;
        var widths = Enumerable.Range(0, last).Select(column => rows.Max(row => row[column].Length) + Gap).ToArray();
        var left = widths.Sum();
        foreach (var row in rows)
        {
            var start = string.Concat(Enumerable.Range(0, last).Select(column => row[column].PadRight(widths[column])));
            foreach (var piece in ResultTable.Wrap(row[last], Math.Max(NarrowestLast, width - left)))
            {
                yield return (start + piece).TrimEnd();
                start = new string(' ', left);
            }
        }
    }
}
