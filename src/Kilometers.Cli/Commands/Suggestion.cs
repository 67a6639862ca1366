namespace Kilometers.Cli.Commands;

/// <summary>What somebody probably meant.</summary>
internal static class Suggestion
{
    /// <param name="typed">What was typed.</param>
    /// <param name="known">What there is.</param>
    /// <returns>The closest, if it is close enough that a slip explains the difference; else null.</returns>
    public static string? For(string typed, IEnumerable<string> known)
    {
        var max = typed.TrimStart('-').Length switch
        {
            < 3 => 1,
            < 6 => 2,
            _ => 3,
        };
        return known
            .Select(name => (Name: name, Distance: IsBeginning(typed, name) ? 0 : Distance(typed.ToLowerInvariant(), name)))
            .Where(candidate => candidate.Distance <= max && 2 * candidate.Distance < candidate.Name.TrimStart('-').Length)
            .OrderBy(candidate => candidate.Distance)
            .ThenBy(candidate => candidate.Name, StringComparer.Ordinal)
            .Select(candidate => candidate.Name)
            .FirstOrDefault();
    }

    private static bool IsBeginning(string typed, string name) =>
        typed.Length >= 3 && name.StartsWith(typed, StringComparison.OrdinalIgnoreCase);

    /// <summary>Insertions, deletions, replacements, and exchanges of neighbours (Damerau and Levenshtein, restricted).</summary>
    private static int Distance(string a, string b)
    {
        var table = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
            table[i, 0] = i;
        for (var j = 0; j <= b.Length; j++)
            table[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = table[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                table[i, j] = Math.Min(Math.Min(table[i - 1, j], table[i, j - 1]) + 1, replaced);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    table[i, j] = Math.Min(table[i, j], table[i - 2, j - 2] + 1);
            }
        }

        return table[a.Length, b.Length];
    }
}
