using System.Globalization;

namespace Kilometers.Clients.Changes;

/// <summary>What differs between two versions of a file, as people know it from version control.</summary>
internal static class UnifiedDiff
{
    private const int Context = 3;

    /// <summary>Beyond this, everything between the first and the last difference is shown as exchanged.</summary>
    private const int MaxCells = 4 << 20;

    /// <summary>Compares them.</summary>
    public static IReadOnlyList<DiffLine> Of(ShownText before, ShownText after)
    {
        var (old, now) = (before.Source, after.Source);
        var same = 0;
        while (same < old.Count && same < now.Count && old[same] == now[same])
            same++;
        var tail = 0;
        while (tail < old.Count - same && tail < now.Count - same && old[^(tail + 1)] == now[^(tail + 1)])
            tail++;
        var (signs, lines) = Script(old, now, same, tail);
        if (signs.TrueForAll(sign => sign == ' '))
            return [];

        var result = new List<DiffLine>();
        for (var at = 0; at < signs.Count; )
        {
            var first = signs.FindIndex(at, sign => sign != ' ');
            if (first < 0)
                break;
            var last = first;
            for (var next = first; next >= 0 && next - last <= 2 * Context + 1; next = signs.FindIndex(next + 1, sign => sign != ' '))
                last = next;
            var (from, to) = (Math.Max(at, first - Context), Math.Min(signs.Count, last + 1 + Context));
            result.Add(new DiffLine('@', Header(signs, lines, from, to)));
            for (var one = from; one < to; one++)
                result.Add(new DiffLine(signs[one], signs[one] == '+' ? after.Lines[lines[one].Now] : before.Lines[lines[one].Old]));
            at = to;
        }

        return result;
    }

    private static string Header(List<char> signs, List<(int Old, int Now)> lines, int from, int to)
    {
        var range = signs.GetRange(from, to - from);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"@@ -{lines[from].Old + 1},{range.Count(sign => sign != '+')} +{lines[from].Now + 1},{range.Count(sign => sign != '-')} @@"
        );
    }

    /// <summary>For each line of the comparison what becomes of it, and its numbers in both.</summary>
    private static (List<char> Signs, List<(int Old, int Now)> Lines) Script(
        IReadOnlyList<string> old,
        IReadOnlyList<string> now,
        int same,
        int tail
    )
    {
        var (signs, lines) = (new List<char>(), new List<(int, int)>());
        int a = 0,
            b = 0;
        while (a < same)
            Add(' ');
        var (height, width) = (old.Count - tail - same, now.Count - tail - same);
        if ((long)height * width <= MaxCells)
        {
            var common = Common(old, now, same, height, width);
            while (a < same + height && b < same + width)
                Add(
                    old[a] == now[b] ? ' '
                    : common[a - same + 1, b - same] >= common[a - same, b - same + 1] ? '-'
                    : '+'
                );
        }

        while (a < same + height)
            Add('-');
        while (b < same + width)
            Add('+');
        while (a < old.Count)
            Add(' ');
        return (signs, lines);

        void Add(char sign)
        {
            signs.Add(sign);
            lines.Add((a, b));
            a += sign == '+' ? 0 : 1;
            b += sign == '-' ? 0 : 1;
        }
    }

    /// <summary>How many lines two rests have in common, in order.</summary>
    private static int[,] Common(IReadOnlyList<string> old, IReadOnlyList<string> now, int start, int height, int width)
    {
        var common = new int[height + 1, width + 1];
        for (var a = height - 1; a >= 0; a--)
        for (var b = width - 1; b >= 0; b--)
            common[a, b] = old[start + a] == now[start + b] ? common[a + 1, b + 1] + 1 : Math.Max(common[a + 1, b], common[a, b + 1]);
        return common;
    }
}
