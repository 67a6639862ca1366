using System.Globalization;
using System.Text;

namespace Kilometers.Clients.Tests.Generation;

/// <summary>TOML: each server as a table, an inline table or dotted names; comments; every kind of text.</summary>
internal sealed class TomlFile(Dice dice, string newLine)
{
    private readonly StringBuilder _text = new();
    private int _keys;

    public string Write(IReadOnlyList<GeneratedServer> servers)
    {
        Fill(4);
        var inOne = dice.Chance(40) ? dice.Shuffle(servers).Take(dice.Number(3)).ToList() : [];
        var last = dice.Chance(50);
        if (!last)
            InOne(inOne);
        foreach (var server in servers.Except(inOne))
        {
            Comment();
            Line($"{dice.Of("", "  ")}[{dice.Of("", " ")}mcp_servers{dice.Of(".", " . ")}{Key(server.Name)}]");
            var members = Members(server, isInline: false);
            foreach (var member in members)
            {
                Comment();
                Line(dice.Of("", "", "  ", "\t") + member);
            }

            if (
                server.Environment.Count > 0
                && !server.HasHeaders
                && !members.Exists(member => member.StartsWith("env", StringComparison.Ordinal))
            )
            {
                Line($"[mcp_servers.{Key(server.Name)}.env]");
                foreach (var (name, value) in server.Environment)
                    Line($"{name} = {Text(value)}");
            }

            if (dice.Chance(30))
            {
                Line($"[table{_keys++}]");
                Fill(3);
            }
        }

        if (last)
            InOne(inOne);
        if (dice.Chance(30))
            _text.Append("# no end of line");
        return _text.ToString();
    }

    private void InOne(List<GeneratedServer> servers)
    {
        if (servers.Count == 0)
            return;
        Line("[mcp_servers]");
        foreach (var server in servers)
        {
            Comment();
            if (dice.Chance(50))
                Line($"{Key(server.Name)} = {{ {string.Join(", ", Members(server, isInline: true))} }}");
            else
                foreach (var member in Members(server, isInline: true))
                    Line($"{Key(server.Name)}.{member}");
        }
    }

    private List<string> Members(GeneratedServer server, bool isInline)
    {
        List<string> members = [server.Command is null ? "url = \"https://example.com/\"" : $"command{Equals()}{Text(server.Command)}"];
        if (server.Arguments is { } arguments)
            members.Add($"args{Equals()}{Array(arguments, isInline)}");
        if (server.Environment.Count > 0 && (isInline || server.HasHeaders || dice.Chance(50)))
            members.Add(
                $"{(server.HasHeaders ? "http_headers" : "env")} = {{ {string.Join(", ", server.Environment.Select(one => $"{one.Name} = {Text(one.Value)}"))} }}"
            );
        if (dice.Chance(30))
            members.Add($"extra = {dice.Of("1", "1979-05-27", "[[1], []]", "'x'", "0x1F")}");
        return dice.Shuffle(members);
    }

    private string Equals() => dice.Of(" = ", "=", "\t=  ");

    private string Array(IReadOnlyList<string> words, bool isInline)
    {
        var text = new StringBuilder("[");
        for (var at = 0; at < words.Count; at++)
        {
            text.Append(isInline ? dice.Of("", " ") : dice.Of("", " ", newLine + "  ", $" # {dice.Word().Trim()}{newLine}\t"));
            text.Append(Text(words[at]));
            if (at < words.Count - 1 || dice.Chance(20))
                text.Append(',');
        }

        return text.Append(isInline ? "" : dice.Of("", newLine)).Append(']').ToString();
    }

    private void Fill(int most)
    {
        foreach (
            var line in dice.Many(most, () => $"key{_keys++}{Equals()}{dice.Of("1", "true", Text(dice.Word()), "{ a = 1, b.c = [] }")}")
        )
        {
            Comment();
            Line(line);
        }
    }

    private void Comment()
    {
        if (dice.Chance(20))
            Line($"# {dice.Word().Trim()} [mcp_servers.no] command = \"none\"");
        if (dice.Chance(15))
            Line("");
    }

    private void Line(string text) => _text.Append(text).Append(text.Length > 0 && dice.Chance(15) ? " # \"end\"" : "").Append(newLine);

    private string Key(string name) =>
        name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') && dice.Chance(60) ? name : Basic(name);

    private string Text(string value)
    {
        var isLiteral = !value.Contains('\'', StringComparison.Ordinal) && value.All(c => c is '\t' or >= ' ');
        return dice.Number(4) switch
        {
            0 when isLiteral => $"'{value}'",
            1 when isLiteral => $"'''{newLine}{value}'''",
            2 => "\"\"" + Basic(value) + "\"\"",
            _ => Basic(value),
        };
    }

    private string Basic(string value)
    {
        var text = new StringBuilder("\"");
        foreach (var c in value)
            if (c is '"' or '\\')
                text.Append('\\').Append(c);
            else if ((c < ' ' && c != '\t') || (char.IsAscii(c) && dice.Chance(5)))
                text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}");
            else
                text.Append(c);
        return text.Append('"').ToString();
    }
}
