namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>
/// Passwords that well-known programs take as a plain argument: <c>htpasswd -b FILE USER …</c>, <c>echo 'user:…' | chpasswd</c>. Begins at the
/// program's name and looks at a fixed number of characters.
/// </summary>
internal static class CommandArgument
{
    private const int MaxLine = 200;
    private const string ChangeMany = "chpasswd";

    /// <summary>The command, and how many words of it stand before the password.</summary>
    private static readonly (string Command, int Words)[] Commands =
    [
        ("htpasswd -b ", 2),
        ("htpasswd -bc ", 2),
        ("htpasswd -cb ", 2),
        ("htpasswd -bB ", 2),
        ("htpasswd -Bb ", 2),
        ("rabbitmqctl add_user ", 1),
        ("rabbitmqctl change_password ", 1),
        ("mysqladmin password ", 0),
        ("vault login ", 0),
        ("net user ", 1),
    ];

    /// <summary>The password of the command at a position.</summary>
    public static SecretRange? Match(string text, int position)
    {
        if (text[position] is not ('c' or 'h' or 'r' or 'm' or 'v' or 'n'))
            return null;
        var rest = text.AsSpan(position, Math.Min(MaxLine, text.Length - position));
        if (rest.StartsWith(ChangeMany, StringComparison.Ordinal))
            return Piped(text, position);
        foreach (var (command, words) in Commands)
        {
            if (!rest.StartsWith(command, StringComparison.Ordinal))
                continue;
            var start = position + command.Length;
            while (start < text.Length && text[start] == '-')
            {
                start = Characters.RunEnd(text, start, static value => !Characters.IsSpace(value), MaxLine);
                start = Math.Min(text.Length, start + 1);
            }

            for (var word = 0; word < words; word++)
            {
                var end = Characters.RunEnd(text, start, static value => !Characters.IsSpace(value), MaxLine);
                if (end >= text.Length || text[end] != ' ')
                    return null;
                start = end + 1;
            }

            return Hide(text, start, SpokenValue.WordEnd(text, start));
        }

        return null;
    }

    /// <summary>What a shell pipes into it: <c>user:password</c> in quotes.</summary>
    private static SecretRange? Piped(string text, int position)
    {
        var from = Math.Max(0, position - MaxLine);
        var before = text.AsSpan(from, position - from);
        if (before.LastIndexOf('|') is not (> 0 and var pipe) || before[pipe..].ContainsAny('\r', '\n'))
            return null;
        before = before[..pipe].TrimEnd(" \"'`\\");
        var colon = before.LastIndexOf(':');
        return colon < 0 || before[colon..].ContainsAny(' ', '\n') ? null : Hide(text, from + colon + 1, from + before.Length);
    }

    private static SecretRange? Hide(string text, int start, int end)
    {
        if (start < end && text[start] is '\'' or '"')
            start++;
        return end > start && text[start] != '-' && ValueShape.IsPasswordLike(text.AsSpan(start, end - start)) ? new(start, end) : null;
    }
}
