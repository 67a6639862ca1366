using System.Buffers;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>Columns whose heading is a secret's name: CSV, tab-separated and Markdown tables, and what database shells print.</summary>
internal static class Tables
{
    private const int MaxHeading = 1000;
    private const int MaxColumns = 64;
    private static readonly SearchValues<char> Rule = SearchValues.Create(
        "-+|: \t=│┃║─━═┄┈╌┌┐└┘├┤┬┴┼╒╕╘╛╞╡╤╧╪╔╗╚╝╠╣╦╩╬╟╢╓╖╙╜┏┓┗┛┣┫┳┻╋┡┩┠┨┯┷┿╇╈╪╭╮╰╯"
    );
    private static readonly SearchValues<char> Lines = SearchValues.Create("-=─━═");
    private static readonly SearchValues<char> NoHeading = SearchValues.Create("(){}[]=:<>/\\@$");
    private static readonly char[] Delimiters = ['|', '│', '\t', ',', ';'];

    /// <summary>Instead of a delimiter: columns begin where the dashes below the heading do.</summary>
    private const char Fixed = ' ';

    public static void Find(string text, SecretNames names, List<SecretRange> secrets)
    {
        var scan = new NameScan(names, text);
        if (scan.Next(0) >= text.Length)
            return;
        Span<Range> cells = stackalloc Range[MaxColumns];
        Span<NameKind> kinds = stackalloc NameKind[MaxColumns];
        Span<int> starts = stackalloc int[MaxColumns];
        var columns = 0;
        var delimiter = '\0';
        for (var start = 0; start < text.Length; )
        {
            if (columns == 0)
            {
                // Outside of a table, only a line with such a name can begin one.
                if (scan.Next(start) is var next && next >= text.Length)
                    return;
                start = Math.Max(start, text.LastIndexOf('\n', next) + 1);
            }

            var length = text.AsSpan(start).IndexOf('\n');
            var end = length < 0 ? text.Length : start + length;
            var line = text.AsSpan(start, end - start).TrimEnd('\r');
            // Jira writes the bars of a heading twice.
            if (columns == 0 && line.StartsWith("||", StringComparison.Ordinal) && line.Length <= MaxHeading)
                line = line.ToString().Replace("||", "|", StringComparison.Ordinal);
            if (!IsRule(line))
            {
                if (columns > 0 && (delimiter == Fixed ? Split(line, starts[..columns], cells) : Split(line, delimiter, cells)) == columns)
                    Mask(text, start, cells[..columns], kinds, secrets);
                else if (Columns(text, end + 1, starts) is > 1 and var count)
                    (columns, delimiter) = (Heading(line, starts[..count], names, cells, kinds), Fixed);
                else
                    columns = Heading(line, names, cells, kinds, out delimiter);
            }
            start = end + 1;
        }
    }

    private static void Mask(string text, int start, ReadOnlySpan<Range> cells, ReadOnlySpan<NameKind> kinds, List<SecretRange> secrets)
    {
        for (var column = 0; column < cells.Length; column++)
        {
            if (kinds[column] == NameKind.Other)
                continue;
            var first = start + cells[column].Start.Value;
            var last = start + cells[column].End.Value;
            while (first < last && text[first] is ' ' or '\t' or '"' or '`' or '\'')
                first++;
            while (last > first && text[last - 1] is ' ' or '\t' or '"' or '`' or '\'')
                last--;
            if (Hides(kinds[column], text.AsSpan(first, last - first)))
                secrets.Add(new(first, last));
        }
    }

    /// <summary>Whether a cell below such a heading is a secret.</summary>
    public static bool Hides(NameKind heading, ReadOnlySpan<char> value) =>
        !value.IsEmpty
        && !value.Contains(' ')
        && !ValueShape.IsPlaceholder(value)
        && !ValueShape.IsNoValue(value)
        && (heading == NameKind.Secret ? !ValueShape.IsIdentifier(value) || value.Length > 12 : ValueShape.IsPasswordLike(value));

    /// <summary>The bar between two cells.</summary>
    public static bool IsBar(char value) => value is '|' or '│' or '┃' or '║';

    /// <summary>What the heading of a column says.</summary>
    public static NameKind Heading(ReadOnlySpan<char> cell, SecretNames names) =>
        cell.Count(' ') > 2 || names.Classify(cell) is not (var kind and not NameKind.Weak) ? NameKind.Other : kind;

    /// <returns>How many columns; 0 if it is not the heading of a table with secrets.</returns>
    private static int Heading(
        ReadOnlySpan<char> line,
        ReadOnlySpan<int> starts,
        SecretNames names,
        Span<Range> cells,
        Span<NameKind> kinds
    )
    {
        var columns = Split(line, starts, cells);
        var found = false;
        for (var column = 0; column < columns; column++)
            found |= (kinds[column] = Heading(line[cells[column]].Trim(), names)) != NameKind.Other;
        return found ? columns : 0;
    }

    /// <summary>Where the runs of dashes begin, if a line has nothing else but spaces.</summary>
    private static int Columns(string text, int start, Span<int> starts)
    {
        if (start >= text.Length || text[start] is not (' ' or '-' or '='))
            return 0;
        var count = 0;
        var last = Math.Min(text.Length, start + MaxHeading);
        for (var at = start; at < last && text[at] is not ('\r' or '\n'); at++)
        {
            if (text[at] is not (' ' or '-' or '='))
                return 0;
            if (text[at] == ' ' || (at > start && text[at - 1] != ' '))
                continue;
            if (count == starts.Length)
                return 0;
            starts[count++] = at - start;
        }
        return count;
    }

    /// <returns>How many columns; 0 if it is not the heading of a table with secrets.</returns>
    private static int Heading(ReadOnlySpan<char> line, SecretNames names, Span<Range> cells, Span<NameKind> kinds, out char delimiter)
    {
        delimiter = '\0';
        if (line.Length is < 3 or > MaxHeading)
            return 0;
        if (!line.ContainsAny(Delimiters) && !line.ContainsAny('┃', '║'))
            return 0;
        foreach (var candidate in Delimiters)
        {
            if (!line.Contains(candidate) && !(candidate == '│' && line.ContainsAny('┃', '║')))
                continue;
            delimiter = candidate;
            var columns = Split(line, candidate, cells);
            if (columns < 2)
                return 0;
            var found = false;
            for (var column = 0; column < columns; column++)
            {
                var cell = line[cells[column]].Trim(" \t\"`'*");
                if (cell.Length > 40 || cell.ContainsAny(NoHeading) || (cell.IsEmpty && !IsBar(candidate)))
                    return 0;
                kinds[column] = Heading(cell, names);
                found |= kinds[column] != NameKind.Other;
            }
            return found ? columns : 0;
        }
        return 0;
    }

    /// <summary>The cells of a line; a delimiter within double quotes belongs to a cell.</summary>
    private static int Split(ReadOnlySpan<char> line, char delimiter, Span<Range> cells)
    {
        var count = 0;
        var start = 0;
        var quoted = false;
        for (var index = 0; index <= line.Length; index++)
        {
            if (index < line.Length && line[index] == '"')
                quoted = !quoted;
            if (index < line.Length && (quoted || (line[index] != delimiter && !(delimiter == '│' && line[index] is '┃' or '║'))))
                continue;
            if (count == cells.Length)
                return 0;
            cells[count++] = start..index;
            start = index + 1;
        }
        return count;
    }

    /// <summary>The cells of a line below columns that begin at these places. A cell that is too wide moves those behind it.</summary>
    private static int Split(ReadOnlySpan<char> line, ReadOnlySpan<int> starts, Span<Range> cells)
    {
        if (line.IsWhiteSpace())
            return 0;
        var at = 0;
        for (var column = 0; column < starts.Length; column++)
        {
            var end = Math.Max(at, column + 1 < starts.Length ? Math.Min(starts[column + 1], line.Length) : line.Length);
            while (end > at && end < line.Length && line[end - 1] != ' ')
                end++;
            // A cell that is too narrow lets the next one begin early.
            var cell = line[at..end];
            var first = cell.IndexOfAnyExcept(' ');
            var gap = first < 0 ? -1 : cell[first..].IndexOf("  ", StringComparison.Ordinal);
            cells[column] = at..(gap < 0 ? end : at + first + gap);
            at = end;
        }
        return starts.Length;
    }

    private static bool IsRule(ReadOnlySpan<char> line) => line.Length > 1 && line.IndexOfAnyExcept(Rule) < 0 && line.ContainsAny(Lines);
}
