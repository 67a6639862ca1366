using System.Text.RegularExpressions;

namespace Kilometers.Cli.Commands.Transcripts;

/// <summary>Places in results that do not count, as the user names them.</summary>
internal static class IgnoredPaths
{
    /// <summary>Whether a place, or one above it, is named; <c>*</c> stands for any characters.</summary>
    public static Func<string, bool> Of(IReadOnlyList<string> patterns)
    {
        var expressions = patterns
            .Select(pattern => new Regex(
                $"^{Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal)}($|[.\\[])",
                RegexOptions.NonBacktracking | RegexOptions.CultureInvariant
            ))
            .ToList();
        return path => expressions.Any(expression => expression.IsMatch(path));
    }
}
