using System.Buffers;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>
/// A variable whose name says nothing, with a value that a generator made: <c>STRIPE=4eC39H…</c>, as in <c>.env</c> files and shells. Names in
/// upper case at the beginning of a line or command only; looks at a bounded number of characters.
/// </summary>
internal static class UnnamedSetting
{
    private const int MaxName = 64;
    private const int MinName = 3;
    private const int MinValue = 20;
    private const int MaxValue = 512;

    private static readonly SearchValues<char> Name = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    private static readonly SearchValues<char> Ends = SearchValues.Create(" \t\r\n\"'`\\;");
    private static readonly SearchValues<char> Separators = SearchValues.Create("-_.:/~%");

    private static readonly string[] Commands = ["export ", "set ", "ENV ", "ARG ", "-e ", "--env ", "env ", "- ", "Environment="];

    /// <summary>Parts of names whose values are random and no secret: they say what something is, not that somebody may have it.</summary>
    private static readonly SearchValues<string> Identifying = SearchValues.Create(
        [
            "HASH",
            "SHA",
            "MD5",
            "DIGEST",
            "CHECKSUM",
            "INTEGRITY",
            "FINGERPRINT",
            "COMMIT",
            "REVISION",
            "VERSION",
            "BUILD",
            "ETAG",
            "UUID",
            "GUID",
            "TRACE",
            "SPAN",
            "PUBLIC",
            "PATH",
            "_ID",
            "IMAGE",
            "URL",
        ],
        StringComparison.Ordinal
    );

    /// <summary>Whether a word may be the name of one; false is certain.</summary>
    public static bool MayBegin(string text, int position, int end) =>
        end < text.Length && text[end] == '=' && !char.IsAsciiLetterLower(text[position]);

    /// <summary>The value of the variable at a position.</summary>
    public static SecretRange? Match(string text, int position)
    {
        var end = Characters.RunEnd(text, position, Name, MaxName + 1);
        if (end - position is < MinName or > MaxName || end >= text.Length || text[end] != '=' || !Begins(text, position))
            return null;
        if (text.AsSpan(position, end - position).ContainsAny(Identifying))
            return null;
        var start = end + 1;
        if (start < text.Length && text[start] is '"' or '\'')
            start++;
        var rest = text.AsSpan(start, Math.Min(MaxValue, text.Length - start));
        var length = rest.IndexOfAny(Ends);
        var value = length < 0 ? rest : rest[..length];
        return IsGenerated(value) ? new(start, start + value.Length) : null;
    }

    private static bool IsGenerated(ReadOnlySpan<char> value) =>
        value.Length >= MinValue
        && value[0] is not ('/' or '.' or '$')
        && !ValueShape.IsUuid(value)
        && value.Count('.') + value.Count('/') + value.Count(':') <= 3
        && !value.Contains("://", StringComparison.Ordinal)
        && (!value.ContainsAny(Separators) || value.ContainsAnyInRange('0', '9'))
        && ValueShape.IsRandom(value, MinValue);

    /// <summary>Whether a line, a string or a command begins here.</summary>
    private static bool Begins(string text, int position)
    {
        if (position == 0 || text[position - 1] is '\n' or '\r' or '"' or '\'' or '#')
            return true;
        var before = text.AsSpan(Math.Max(0, position - 16), Math.Min(16, position));
        foreach (var command in Commands)
        {
            if (before.EndsWith(command, StringComparison.OrdinalIgnoreCase))
                return true;
        }
        return false;
    }
}
