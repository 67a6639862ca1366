using System.Buffers;

namespace Kilometers.Rules.Matching;

/// <summary>Places as texts write them: the host of an address, and a path without detours.</summary>
internal static class WrittenPlace
{
    private const string Separator = "://";

    /// <summary>What ends a host. A backslash as well: browsers take it for a slash.</summary>
    private static readonly SearchValues<char> Ends = SearchValues.Create("/\\?#\"'<>`{}| \t\r\n");

    /// <summary>The hosts of all addresses in a text, in lower case, without a port.</summary>
    public static IEnumerable<string> HostsIn(string text)
    {
        for (
            var at = text.IndexOf(Separator, StringComparison.Ordinal);
            at >= 0;
            at = text.IndexOf(Separator, at + 1, StringComparison.Ordinal)
        )
        {
            var rest = text.AsSpan(at + Separator.Length);
            var end = rest.IndexOfAny(Ends);
            var authority = end < 0 ? rest : rest[..end];
            // What stands before the last @ is a name and a password, however much it looks like a host.
            var host = authority[(authority.LastIndexOf('@') + 1)..];
            if (!host.IsEmpty && host[0] == '[')
                host = host.IndexOf(']') is > 0 and var close ? host[1..close] : host[1..];
            else if (host.LastIndexOf(':') is >= 0 and var colon)
                host = host[..colon];
            host = host.TrimEnd(".,;)");
            if (!host.IsEmpty)
                yield return host.ToString().ToLowerInvariant();
        }
    }

    /// <summary>A path without <c>.</c>, <c>..</c> and empty steps: what a file system makes of it. Any other text is as it was.</summary>
    public static string Straight(string text)
    {
        var start = PathOf(text);
        var body = text[start..];
        if (start > 0 && text.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
            body = Uri.UnescapeDataString(body);
        if (!HasDetour(body))
            return text[..start] + body;
        var isAbsolute = body[0] == '/';
        var steps = new List<string>();
        foreach (var step in body.Split('/'))
        {
            if (step == ".." && steps.Count > 0 && steps[^1] != "..")
                steps.RemoveAt(steps.Count - 1);
            else if (step is not ("" or "." or "..") || (step == ".." && !isAbsolute))
                steps.Add(step);
        }

        return text[..start] + (isAbsolute ? "/" : "") + string.Join('/', steps);
    }

    private static bool HasDetour(string path) =>
        path.Contains("//", StringComparison.Ordinal)
        || path.Contains("/.", StringComparison.Ordinal)
        || path.StartsWith("./", StringComparison.Ordinal);

    /// <summary>Where the path begins: of an address, after its host.</summary>
    private static int PathOf(string text)
    {
        if (text.IndexOf(Separator, StringComparison.Ordinal) is not (>= 0 and var at))
            return 0;
        var path = text.IndexOf('/', at + Separator.Length);
        return path < 0 ? text.Length : path;
    }
}
