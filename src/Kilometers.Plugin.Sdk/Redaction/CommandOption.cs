using System.Buffers;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>Options of well-known programs that hold a password and do not say so: <c>curl -u user:…</c>, <c>mysql -p…</c>.</summary>
internal static class CommandOption
{
    private const int MaxLine = 200;

    private static readonly SearchValues<char> Ends = SearchValues.Create(" \t\r\n\"'\\");

    /// <summary>The same where a user's name comes first, which may have a domain before a backslash.</summary>
    private static readonly SearchValues<char> EndsBehind = SearchValues.Create(" \t\r\n\"'");

    /// <summary>The option, the programs, whether the value is attached to it, and what stands between a user's name and it.</summary>
    private static readonly (string Option, string[] Programs, bool Attached, char? Behind)[] Options =
    [
        ("-u", ["curl"], false, ':'),
        ("--user", ["curl"], false, ':'),
        ("-U", ["curl"], false, ':'),
        ("--proxy-user", ["curl"], false, ':'),
        ("-a", ["http ", "https ", "xh "], false, ':'),
        ("-a", ["redis-cli"], false, null),
        (
            "-p",
            [
                "sshpass",
                "security unlock-keychain",
                "security create-keychain",
                "certutil",
                "useradd",
                "usermod",
                "docker login",
                "podman login",
                "skopeo login",
                "buildah login",
                "oc login",
                "az login",
                "helm registry login",
            ],
            false,
            null
        ),
        ("-p", ["sshpass", "mysql", "mariadb", "7z ", "rar "], true, null),
        ("-hp", ["rar "], true, null),
        ("-k", ["openssl enc", "nuget push", "set-key-partition-list"], false, null),
        ("-N", ["ssh-keygen"], false, null),
        ("-w", ["ldapsearch", "ldapadd", "ldapmodify", "ldapdelete", "ldapwhoami", "ldappasswd"], false, null),
        ("-A", ["snmp"], false, null),
        ("-X", ["snmp"], false, null),
        ("-pw", ["plink", "pscp", "psftp"], false, null),
        ("-u", ["lftp"], false, ','),
        ("-U", ["smbclient", "rpcclient"], false, '%'),
        (
            "-P",
            ["unzip ", "zip ", "sqlcmd", "isql ", "bcp ", "mosquitto_", "security import", "ipmitool", "p4 ", "ssh-keygen"],
            false,
            null
        ),
    ];

    public static SecretRange? Match(string text, int position)
    {
        if (position > 0 && !Characters.IsSpace(text[position - 1]) && text[position - 1] is not ('"' or '\'' or '[' or ','))
            return null;
        // A hyphen alone is a dash, or an item of a list.
        if (position + 1 >= text.Length || !Characters.IsToken(text[position + 1]))
            return null;
        var from = Math.Max(0, position - MaxLine);
        var before = text.AsSpan(from, position - from);
        if (
            before.LastIndexOfAny('\r', '\n') is var newline and >= 0
            && before[newline..].IndexOfAnyExcept(" \t\r\n") >= 0
            && !before[..newline].TrimEnd(" \r\n").EndsWith("\\", StringComparison.Ordinal)
        )
            before = before[newline..];
        foreach (var (option, programs, attached, behind) in Options)
        {
            if (!text.AsSpan(position).StartsWith(option, StringComparison.Ordinal))
                continue;
            var value = position + option.Length;
            if (value >= text.Length || attached == (Characters.IsSpace(text[value]) || text[value] == '='))
                continue;
            foreach (var program in programs)
            {
                if (before.Contains(program, StringComparison.Ordinal) && Value(text, value, behind) is { } secret)
                    return secret;
            }
        }
        // Of any program that a user is named to.
        return
            text[position + 1] is 'p' or 'P'
            && position + 2 < text.Length
            && text[position + 2] == ' '
            && (
                before.Contains(" -u ", StringComparison.Ordinal)
                || before.Contains(" -U ", StringComparison.Ordinal)
                || before.Contains(" -l ", StringComparison.Ordinal)
                || before.Contains(" -n ", StringComparison.Ordinal)
                || before.Contains(" --user", StringComparison.Ordinal)
            )
            && Value(text, position + 2, null) is { } found
            && ValueShape.IsPasswordLike(text.AsSpan(found.Start, found.End - found.Start))
            ? found
            : null;
    }

    private static SecretRange? Value(string text, int position, char? behind)
    {
        while (position < text.Length && text[position] is ' ' or '=' or '\\' or '"' or '\'' or ',')
            position++;
        var rest = text.AsSpan(position);
        var end = rest.IndexOfAny(behind is null ? Ends : EndsBehind);
        if (end < 0)
            end = rest.Length;
        while (behind is not null && end > 0 && rest[end - 1] == '\\')
            end--;
        var start = behind is { } separator ? rest[..end].IndexOf(separator) + 1 : 0;
        if (
            (behind is not null && start == 0)
            || start == end
            || ValueShape.IsPlaceholder(rest[start..end])
            || (behind is null && rest[0] == '-')
        )
            return null;
        return new(position + start, position + end);
    }
}
