using System.Text;

namespace Kilometers.Cli.Output;

/// <summary>A column of a table that must fit.</summary>
/// <param name="Title">Its header.</param>
/// <param name="Rank">What is left out first where the terminal is too narrow: the highest. 0 never is.</param>
/// <param name="IsNumber">Whether it stands to the right.</param>
internal sealed record Column(string Title, int Rank = 0, bool IsNumber = false);

/// <summary>A cell: its text, and its colour as an SGR code where there are colours.</summary>
internal readonly record struct Cell(string Text, string? Color = null)
{
    public static implicit operator Cell(string text) => new(text);
}

/// <summary>Tables for terminals of any width: columns that matter less are left out before anything is cut.</summary>
internal static class ColumnTable
{
    private const int Gap = 2;

    /// <summary>Lays it out.</summary>
    /// <param name="columns">The columns.</param>
    /// <param name="rows">As many cells each.</param>
    /// <param name="indent">Spaces before each line.</param>
    /// <param name="width">The terminal's columns; null: everything is shown.</param>
    /// <param name="hasColors">Whether to colour.</param>
    /// <param name="ellipsis">What stands where something was cut.</param>
    /// <returns>The lines, headers first.</returns>
    public static IReadOnlyList<string> Format(
        IReadOnlyList<Column> columns,
        IReadOnlyList<IReadOnlyList<Cell>> rows,
        int indent,
        int? width,
        bool hasColors,
        string ellipsis
    )
    {
        var widths = columns.Select((column, at) => rows.Select(row => row[at].Text.Length).Append(column.Title.Length).Max()).ToArray();
        var shown = Enumerable.Range(0, columns.Count).ToList();
        while (
            width is { } most
            && Total(shown) > most
            && shown
                .Where(at => columns[at].Rank > 0)
                .OrderByDescending(at => columns[at].Rank)
                .ThenByDescending(at => at)
                .Cast<int?>()
                .FirstOrDefault()
                is { } last
        )
            shown.Remove(last);

        // What is left and too wide loses from its widest column.
        if (width is { } limit && Total(shown) is var total && total > limit)
        {
            var widest = shown.MaxBy(at => widths[at]);
            widths[widest] = Math.Max(1, widths[widest] - (total - limit));
        }

        return [Line(columns.Select(column => new Cell(column.Title, "1")).ToList()), .. rows.Select(Line)];

        int Total(List<int> some) => indent + some.Sum(at => widths[at] + Gap) - Gap;

        string Line(IReadOnlyList<Cell> cells)
        {
            var line = new StringBuilder().Append(' ', indent);
            foreach (var at in shown)
            {
                var text = Cut(cells[at].Text, widths[at], ellipsis);
                var space = widths[at] - text.Length;
                if (columns[at].IsNumber)
                    line.Append(' ', space);
                line.Append(hasColors && cells[at].Color is { } color ? $"\u001b[{color}m{text}\u001b[0m" : text);
                if (at == shown[^1])
                    break;
                line.Append(' ', (columns[at].IsNumber ? 0 : space) + Gap);
            }

            return line.ToString();
        }
    }

    /// <summary>Cuts a text to a width.</summary>
    public static string Cut(string text, int width, string ellipsis)
    {
        if (text.Length <= width)
            return text;
        var end = Math.Max(0, width - ellipsis.Length);
        if (end > 0 && char.IsHighSurrogate(text[end - 1]))
            end--;
        return width < ellipsis.Length ? text[..width] : text[..end] + ellipsis;
    }
}
