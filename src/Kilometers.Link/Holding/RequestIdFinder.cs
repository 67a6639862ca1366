using System.Buffers;

namespace Kilometers.Link.Holding;

/// <summary>Finds the id of a request in a relay, which has no reader of JSON: only for an answer that no host gives.</summary>
public static class RequestIdFinder
{
    private static readonly SearchValues<byte> NumberCharacters = SearchValues.Create("0123456789+-.eE"u8);

    private static ReadOnlySpan<byte> Unknown => "null"u8;

    /// <param name="line">A request.</param>
    /// <returns>The id as it is written; <c>null</c> where it cannot be told; empty if the request has none, and so no answer.</returns>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> line)
    {
        var start = line.IndexOf((byte)'{');
        if (start < 0 || line[..start].IndexOfAnyExcept(" \t\r\uFEFF"u8) >= 0)
            return Unknown;
        var depth = 0;
        for (var at = start; at < line.Length; at++)
        {
            switch (line[at])
            {
                case (byte)'{' or (byte)'[':
                    depth++;
                    break;
                case (byte)'}' or (byte)']':
                    if (--depth == 0)
                        return [];
                    break;
                case (byte)'"':
                    var end = EndOfString(line, at);
                    if (end < 0)
                        return Unknown;
                    if (depth == 1 && line[at..end].SequenceEqual("\"id\""u8) && ValueAfter(line[end..]) is { IsEmpty: false } value)
                        return value;
                    at = end - 1;
                    break;
            }
        }

        return Unknown;
    }

    /// <summary>The value of a member whose name ends here; empty if what ends here is not a name.</summary>
    private static ReadOnlySpan<byte> ValueAfter(ReadOnlySpan<byte> rest)
    {
        rest = rest.TrimStart(" \t\r"u8);
        if (rest is not [(byte)':', ..])
            return [];
        rest = rest[1..].TrimStart(" \t\r"u8);
        if (rest is [(byte)'"', ..])
            return EndOfString(rest, 0) is > 0 and var end ? rest[..end] : Unknown;
        var length = rest.IndexOfAnyExcept(NumberCharacters);
        return length > 0 ? rest[..length] : Unknown;
    }

    /// <returns>The place after the closing quotes; -1 if there are none.</returns>
    private static int EndOfString(ReadOnlySpan<byte> text, int start)
    {
        for (var at = start + 1; at < text.Length; at++)
        {
            if (text[at] == '\\')
                at++;
            else if (text[at] == '"')
                return at + 1;
        }

        return -1;
    }
}
