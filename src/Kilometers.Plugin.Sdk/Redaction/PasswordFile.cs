using System.Buffers;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>Lines of PostgreSQL's <c>.pgpass</c>: host, port, database, user and password with colons between. Looks at most a fixed number of characters ahead.</summary>
internal static class PasswordFile
{
    private const int MaxAddress = 80;

    private static readonly SearchValues<char> Address = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._%+-@"
    );

    private const int MaxField = 64;

    private static readonly SearchValues<char> Name = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-*"
    );
    private static readonly SearchValues<char> BeforeHost = SearchValues.Create(" \t\r\n\"'`@");
    private static readonly SearchValues<char> Port = SearchValues.Create("0123456789*");

    /// <param name="text">The text.</param>
    /// <param name="position">The colon behind the host.</param>
    public static SecretRange? Match(string text, int position)
    {
        if (position == 0 || !(Characters.IsWord(text[position - 1]) || text[position - 1] == '*'))
            return null;
        var at = position + 1;
        if (at >= text.Length || Characters.IsSpace(text[at]))
            return null;
        if ((OfAddress(text, position) ?? OfRelay(text, position) ?? AtHost(text, position + 1)) is { } known)
            return known;
        if (!Port.Contains(text[at]))
            return null;
        foreach (var alphabet in (ReadOnlySpan<SearchValues<char>>)[Port, Name, Name])
        {
            var end = Characters.RunEnd(text, at, alphabet, MaxField);
            if (end == at || end >= text.Length || text[end] != ':' || (alphabet == Port && end - at is not (4 or 5) && text[at] != '*'))
                return null;
            at = end + 1;
        }
        var rest = text.AsSpan(at, Math.Min(MaxField * 4, text.Length - at));
        var length = rest.IndexOfAny(" \t\r\n");
        if (length < 0)
            length = rest.Length;
        return length > 3 && (at + length == text.Length || text[at + length] is '\r' or '\n') ? new(at, at + length) : null;
    }

    /// <summary><c>user:password@host</c>, as programs that need no scheme take it.</summary>
    private static SecretRange? AtHost(string text, int start)
    {
        var rest = text.AsSpan(start, Math.Min(MaxField, text.Length - start));
        if (rest.IndexOfAny(BeforeHost) is not (>= 6 and var at) || rest[at] != '@' || !ValueShape.IsPasswordLike(rest[..at]))
            return null;
        var host = text.AsSpan(start + at + 1, Characters.RunEnd(text, start + at + 1, Address, MaxField) - start - at - 1).TrimEnd('.');
        // In an address it would have been found there.
        var before = text.AsSpan(Math.Max(0, start - MaxAddress), Math.Min(MaxAddress, start));
        // A time, or what identifies a mail, is no user.
        var user = before[..^1].LastIndexOfAnyExcept(Address) + 1;
        if (!char.IsAsciiLetter(before[user]))
            return null;
        if (before[(before.LastIndexOfAny(' ', '\n') + 1)..].Contains("//", StringComparison.Ordinal))
            return null;
        return ValueShape.IsHost(host) || (host.Count('.') == 3 && ValueShape.IsNumber(host)) ? new(start, start + at) : null;
    }

    /// <summary>A line of a mail server that tells how to log in at another: <c>[mail.example.com]:587  user:password</c>.</summary>
    private static SecretRange? OfRelay(string text, int colon)
    {
        var from = Math.Max(0, colon - MaxAddress);
        var before = text.AsSpan(from, colon - from);
        if (before.LastIndexOf('\n') is >= 0 and var newline)
            before = before[(newline + 1)..];
        if (
            before is not ['[', ..]
            || before.IndexOf(']') is not (> 0 and var close)
            || before[close..].IndexOfAny(' ', '\t') is not (> 0 and var gap)
            || before[(close + gap)..].TrimStart().ContainsAnyExcept(Address)
        )
            return null;
        var end = Characters.RunEnd(text, colon + 1, static value => !Characters.IsSpace(value), MaxField * 4);
        return ValueShape.IsPasswordLike(text.AsSpan(colon + 1, end - colon - 1)) ? new(colon + 1, end) : null;
    }

    /// <summary><c>ada@example.com:password</c>, as mail servers and stolen lists have it.</summary>
    private static SecretRange? OfAddress(string text, int colon)
    {
        var from = Math.Max(0, colon - MaxAddress);
        var before = text.AsSpan(from, colon - from);
        if (
            before.LastIndexOf('@') is not (> 0 and var at)
            || before[at..].LastIndexOf('.') <= 1
            || before[at..].ContainsAnyExcept(Address)
        )
            return null;
        if (!Characters.IsWord(before[at - 1]))
            return null;
        var end = SpokenValue.WordEnd(text, colon + 1);
        return ValueShape.IsPasswordLike(text.AsSpan(colon + 1, end - colon - 1)) ? new(colon + 1, end) : null;
    }
}
