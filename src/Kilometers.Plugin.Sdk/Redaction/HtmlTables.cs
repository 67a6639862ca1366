namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>Columns of HTML tables whose heading is a secret's name. One pass over the tags.</summary>
internal static class HtmlTables
{
    private const int MaxColumns = 64;
    private const int MaxTag = 512;
    private const int MaxHeading = 120;

    public static void Find(string text, SecretNames names, List<SecretRange> secrets)
    {
        if (!text.Contains("<td", StringComparison.Ordinal) || new NameScan(names, text).Next(0) >= text.Length)
            return;
        Span<NameKind> kinds = stackalloc NameKind[MaxColumns];
        var (columns, column, cell) = (0, -1, -1);
        var mixed = false;
        var first = 'h';
        for (var at = text.IndexOf('<'); at >= 0 && at + 1 < text.Length; at = text.IndexOf('<', at + 1))
        {
            var closing = text[at + 1] == '/';
            var tag = text.AsSpan(closing ? at + 2 : at + 1);
            var isCell = Is(tag, "td") || Is(tag, "th");
            if (!isCell && !Is(tag, "tr") && !Is(tag, "table"))
                continue;
            if (cell >= 0 && column < MaxColumns)
            {
                if (columns == 0)
                    kinds[column] = Heading(text, cell, at, names);
                else if (column < columns && kinds[column] != NameKind.Other)
                    Mask(text, cell, at, kinds[column], secrets);
            }
            cell = -1;
            if (!isCell)
            {
                // What stands beside its heading is found by its name alone.
                if (column >= 0 && columns == 0)
                    (columns, mixed) = (mixed ? 0 : Math.Min(column + 1, MaxColumns), false);
                column = -1;
                if (Is(tag, "table"))
                    columns = 0;
            }
            else if (!closing)
            {
                var kind = (char)(tag[1] | 0x20);
                if (++column == 0)
                    first = kind;
                mixed |= columns == 0 && kind != first;
                var close = text.AsSpan(at, Math.Min(MaxTag, text.Length - at)).IndexOf('>');
                cell = close < 0 ? -1 : at + close + 1;
            }
        }
    }

    private static bool Is(ReadOnlySpan<char> tag, string name) =>
        tag.StartsWith(name, StringComparison.OrdinalIgnoreCase) && (tag.Length == name.Length || !Characters.IsToken(tag[name.Length]));

    private static NameKind Heading(string text, int start, int end, SecretNames names)
    {
        if (end - start > MaxHeading)
            return NameKind.Other;
        foreach (var (first, last) in Pieces(text, start, end))
        {
            if (Tables.Heading(text.AsSpan(first, last - first), names) is var kind and not NameKind.Other)
                return kind;
        }
        return NameKind.Other;
    }

    private static void Mask(string text, int start, int end, NameKind kind, List<SecretRange> secrets)
    {
        foreach (var (first, last) in Pieces(text, start, end))
        {
            if (Tables.Hides(kind, text.AsSpan(first, last - first)))
                secrets.Add(new(first, last));
        }
    }

    /// <summary>The texts between the tags of a cell.</summary>
    private static IEnumerable<(int Start, int End)> Pieces(string text, int start, int end)
    {
        while (start < end)
        {
            var open = text.IndexOf('<', start, end - start);
            var stop = open < 0 ? end : open;
            var (first, last) = (Characters.SkipSpace(text, start), stop);
            while (last > first && Characters.IsSpace(text[last - 1]))
                last--;
            if (last > first)
                yield return (first, last);
            var close = open < 0 ? -1 : text.IndexOf('>', open, end - open);
            start = close < 0 ? end : close + 1;
        }
    }
}
