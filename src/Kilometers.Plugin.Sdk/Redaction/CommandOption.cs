using System.Buffers;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>Options of well-known programs that hold a password and do not say so: <c>curl -u user:…</c>, <c>mysql -p…</c>.</summary>
internal static class CommandOption
{
    private const int MaxLine = 200;

    private static readonly SearchValues<char> Ends = SearchValues.Create(" \t\r\n\"'\\");

    /// <summary>The option, the programs, and whether the value is attached to it, or behind a colon.</summary>
    private static readonly (string Option, string[] Programs, bool Attached, bool Colon)[] Options =
    [
        ("-u", ["curl"], false, true),
        ("--user", ["curl"], false, true),
        ("-U", ["curl"], false, true),
        ("--proxy-user", ["curl"], false, true),
        ("-a", ["http ", "https ", "xh "], false, true),
        ("-a", ["redis-cli"], false, false),
        (
            "-p",
            ["sshpass", "docker login", "podman login", "skopeo login", "buildah login", "oc login", "az login", "helm registry login"],
            false,
            false
        ),
        ("-p", ["sshpass", "mysql", "mariadb", "7z "], true, false),
        ("-w", ["ldapsearch", "ldapadd", "ldapmodify", "ldapdelete", "ldapwhoami", "ldappasswd"], false, false),
        ("-A", ["snmp"], false, false),
        ("-X", ["snmp"], false, false),
        ("-pw", ["plink", "pscp", "psftp"], false, false),
        ("-P", ["unzip ", "zip ", "sqlcmd", "bcp "], false, false),
    ];

    public static SecretRange? Match(string text, int position)
    {
        if (position > 0 && !Characters.IsSpace(text[position - 1]) && text[position - 1] is not ('"' or '\'' or '[' or ','))
            return null;
        var from = Math.Max(0, position - MaxLine);
        var before = text.AsSpan(from, position - from);
        if (
            before.LastIndexOfAny('\r', '\n') is var newline and >= 0
            && before[newline..].IndexOfAnyExcept(" \t\r\n") >= 0
            && !before[..newline].TrimEnd(" \r\n").EndsWith("\\", StringComparison.Ordinal)
        )
            before = before[newline..];
        foreach (var (option, programs, attached, colon) in Options)
        {
            if (!text.AsSpan(position).StartsWith(option, StringComparison.Ordinal))
                continue;
            var value = position + option.Length;
            if (value >= text.Length || attached == (Characters.IsSpace(text[value]) || text[value] == '='))
                continue;
            foreach (var program in programs)
            {
                if (before.Contains(program, StringComparison.Ordinal) && Value(text, value, colon) is { } secret)
                    return secret;
            }
        }
        return null;
    }

    private static SecretRange? Value(string text, int position, bool colon)
    {
        while (position < text.Length && text[position] is ' ' or '=' or '\\' or '"' or '\'' or ',')
            position++;
        var rest = text.AsSpan(position);
        var end = rest.IndexOfAny(Ends);
        if (end < 0)
            end = rest.Length;
        var start = colon ? rest[..end].IndexOf(':') + 1 : 0;
        if ((colon && start == 0) || start == end || ValueShape.IsPlaceholder(rest[start..end]) || (!colon && rest[0] == '-'))
            return null;
        return new(position + start, position + end);
    }
}
