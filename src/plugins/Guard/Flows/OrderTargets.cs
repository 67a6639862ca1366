using System.Buffers;
using System.Text.RegularExpressions;

namespace Kilometers.Plugins.Guard.Flows;

/// <summary>What orders in a text are about: addresses, files with secrets, and names of tools. Nobody writes these by chance.</summary>
internal static partial class OrderTargets
{
    /// <summary>Characters around the order that are looked at.</summary>
    private const int Before = 200;
    private const int After = 500;
    private const int MaxTargets = 30;
    private static readonly SearchValues<string> Own = SearchValues.Create(
        ["localhost", "://127.", "://[::1]"],
        StringComparison.OrdinalIgnoreCase
    );

    /// <summary>The targets near a place in a text, in lower case.</summary>
    /// <param name="text">The text.</param>
    /// <param name="start">Where the order begins.</param>
    public static IReadOnlyList<string> Near(string text, int start)
    {
        var from = Math.Max(0, start - Before);
        return [.. In(text[from..Math.Min(text.Length, start + After)]).Take(MaxTargets)];
    }

    /// <summary>The targets in a text, in lower case.</summary>
    public static IEnumerable<string> In(string text)
    {
        foreach (Match match in Target().Matches(text))
        {
            // The full stop is the sentence's.
            var found = match.Value.TrimEnd('.', ',', ':', ';', '-', '/').ToLowerInvariant();
            if (found.Length > 5)
                yield return found;
        }
    }

    /// <summary>Whether a text has the address of a page that is not on this machine.</summary>
    public static bool HasAddress(string text)
    {
        foreach (var match in Address().EnumerateMatches(text))
            if (!text.AsSpan(match.Index, match.Length).ContainsAny(Own))
                return true;
        return false;
    }

    /// <summary>The names of tools in a text that have more than one word in them: <c>send_email</c>, <c>sendEmail</c>.</summary>
    public static IEnumerable<string> ToolsIn(string text) => Tool().Matches(text).Select(match => match.Value);

    // Mail addresses; hosts of addresses; IPv4 addresses; files in a user's hidden folders, and those of the system.
    [GeneratedRegex(
        @"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,6}|(?<=://)[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,6}|\b\d{1,3}(\.\d{1,3}){3}\b|~/\.[A-Za-z0-9._/-]{2,100}|/etc/[A-Za-z0-9._/-]{2,100}"
    )]
    private static partial Regex Target();

    [GeneratedRegex(@"https?://([A-Za-z0-9.-]{3,200}|\[[0-9A-Fa-f:.]{2,40}\])", RegexOptions.IgnoreCase)]
    private static partial Regex Address();

    [GeneratedRegex(@"\b[A-Za-z][A-Za-z0-9]{1,40}([_-][A-Za-z0-9]{1,40}){1,6}\b|\b[a-z]{2,30}([A-Z][a-z0-9]{1,30}){1,6}\b")]
    private static partial Regex Tool();
}
