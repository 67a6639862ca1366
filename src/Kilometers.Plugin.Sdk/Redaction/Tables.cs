using System.Buffers;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>Columns whose heading is a secret's name: CSV, tab-separated and Markdown tables, and what database shells print.</summary>
internal static class Tables
{
    private const int MaxHeading = 1000;
    private const int MaxColumns = 64;
    private static readonly SearchValues<char> Rule = SearchValues.Create("-+|: \t=");
    private static readonly SearchValues<char> NoHeading = SearchValues.Create("(){}[]=:<>/\\@$");
    private static readonly char[] Delimiters = ['|', '\t', ',', ';'];

    public static void Find(string text, SecretNames names, List<SecretRange> secrets)
    {
        var scan = new NameScan(names, text);
        if (scan.Next(0) >= text.Length)
            return;
        Span<Range> cells = stackalloc Range[MaxColumns];
        Span<NameKind> kinds = stackalloc NameKind[MaxColumns];
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
                if (columns > 0 && Split(line, delimiter, cells) == columns)
                    Mask(text, start, cells[..columns], kinds, secrets);
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
            var value = text.AsSpan(first, last - first);
            if (value.IsEmpty || value.Contains(' ') || ValueShape.IsPlaceholder(value) || ValueShape.IsNoValue(value))
                continue;
            if (kinds[column] == NameKind.Secret ? !ValueShape.IsIdentifier(value) || value.Length > 12 : ValueShape.IsPasswordLike(value))
                secrets.Add(new(first, last));
        }
    }

    /// <returns>How many columns; 0 if it is not the heading of a table with secrets.</returns>
    private static int Heading(ReadOnlySpan<char> line, SecretNames names, Span<Range> cells, Span<NameKind> kinds, out char delimiter)
    {
        delimiter = '\0';
        if (line.Length is < 3 or > MaxHeading)
            return 0;
        if (!line.ContainsAny(Delimiters))
            return 0;
        foreach (var candidate in Delimiters)
        {
            if (!line.Contains(candidate))
                continue;
            delimiter = candidate;
            var columns = Split(line, candidate, cells);
            if (columns < 2)
                return 0;
            var found = false;
            for (var column = 0; column < columns; column++)
            {
                var cell = line[cells[column]].Trim(" \t\"`'*");
                if (cell.Length > 40 || cell.ContainsAny(NoHeading) || (cell.IsEmpty && candidate != '|'))
                    return 0;
                kinds[column] = cell.Count(' ') > 2 ? NameKind.Other : names.Classify(cell);
                if (kinds[column] == NameKind.Weak)
                    kinds[column] = NameKind.Other;
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
            if (index < line.Length && (line[index] != delimiter || quoted))
                continue;
            if (count == cells.Length)
                return 0;
            cells[count++] = start..index;
            start = index + 1;
        }
        return count;
    }

    private static bool IsRule(ReadOnlySpan<char> line) => line.Length > 1 && line.IndexOfAnyExcept(Rule) < 0 && line.ContainsAny('-', '=');
}
