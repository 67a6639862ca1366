using System.Globalization;
using System.Text;

namespace Kilometers.Clients.Tests.Generation;

/// <summary>YAML: blocks and flows, every kind of text, comments and empty lines anywhere, lists below their names or further in.</summary>
internal sealed class YamlFile(Dice dice, string newLine)
{
    private readonly StringBuilder _text = new();
    private readonly int _step = dice.Of(2, 2, 4, 3);
    private int _keys;

    public string Write(IReadOnlyList<GeneratedServer> servers)
    {
        if (dice.Chance(15))
            Line(0, "---");
        Fill(3);
        if (servers.Count == 0)
            Line(0, dice.Of("extensions: {}", "extensions:", "other: 1"));
        else
            Line(0, "extensions:");
        foreach (var server in servers)
        {
            Comment(_step);
            if (dice.Chance(20))
                Line(_step, $"{Scalar(server.Name, isKey: true)}: {Flow(server)}");
            else
                Block(server);
        }

        Fill(3);
        if (dice.Chance(20))
            _text.Append("# no end of line");
        return _text.ToString();
    }

    private void Block(GeneratedServer server)
    {
        Line(_step, Scalar(server.Name, isKey: true) + ":");
        var inner = 2 * _step;
        List<Action> members =
        [
            () => Line(inner, server.Command is null ? "uri: https://example.com/" : $"cmd: {dice.Of("", "  ")}{Scalar(server.Command)}"),
        ];
        if (server.Arguments is { } arguments)
            members.Add(() => List(inner, arguments));
        else if (server.Command is not null && dice.Chance(30))
            members.Add(() => Line(inner, dice.Of("args:", "args: ~", "args: null", "args:  ")));
        if (server.Environment.Count > 0)
            members.Add(() =>
            {
                Line(inner, server.HasHeaders ? "headers:" : "envs:");
                foreach (var (name, value) in server.Environment)
                    Line(inner + _step, $"{name}: {Scalar(value)}");
            });
        if (dice.Chance(30))
            members.Add(() =>
            {
                Line(inner, dice.Of("description: |", "description: >-", "description: |2"));
                _text.Append(' ', inner + 2).Append("args: [none]").Append(newLine).Append(newLine);
                _text.Append(' ', inner + 2).Append("# no comment").Append(newLine);
            });
        foreach (var member in dice.Shuffle(members))
        {
            Comment(inner);
            member();
        }
    }

    private void List(int indent, IReadOnlyList<string> words)
    {
        if (words.Count == 0 || dice.Chance(30))
        {
            var items = string.Join(dice.Of(", ", ","), words.Select(word => Scalar(word, isFlow: true)));
            Line(indent, $"args: [{items}{(words.Count > 0 && dice.Chance(20) ? "," : "")}]");
            return;
        }

        Line(indent, "args:");
        var further = dice.Of(0, _step);
        foreach (var word in words)
        {
            Comment(indent);
            Line(indent + further, $"-{dice.Of(" ", "   ")}{Scalar(word)}");
        }
    }

    private string Flow(GeneratedServer server)
    {
        List<string> members = [server.Command is null ? "uri: 'https://example.com/'" : $"cmd: {Scalar(server.Command, isFlow: true)}"];
        if (server.Arguments is { } arguments)
            members.Add($"args: [{string.Join(", ", arguments.Select(word => Scalar(word, isFlow: true)))}]");
        if (server.Environment.Count > 0)
            members.Add(
                $"{(server.HasHeaders ? "headers" : "envs")}: {{{string.Join(", ", server.Environment.Select(one => $"{one.Name}: {Scalar(one.Value, isFlow: true)}"))}}}"
            );
        return $"{{{string.Join(dice.Of(", ", "," + newLine + new string(' ', 2 * _step)), dice.Shuffle(members))}}}";
    }

    private void Fill(int most)
    {
        foreach (var line in dice.Many(most, () => $"key{_keys++}: {dice.Of("1", "plain text", "[a, {b: c}]", "{}", Scalar(dice.Word()))}"))
        {
            Comment(0);
            Line(0, line);
        }

        if (dice.Chance(15))
        {
            Line(0, $"key{_keys++}: &anchor");
            Line(_step, "cmd: shared");
            Line(0, $"key{_keys++}: *anchor");
        }
    }

    private void Comment(int indent)
    {
        if (dice.Chance(15))
            Line(dice.Of(0, indent), $"# {string.Concat(dice.Word().Where(c => c is not ('\u0085' or '\u2028'))).Trim()} cmd: none");
        if (dice.Chance(10))
            _text.Append(newLine);
    }

    private void Line(int indent, string text) => _text.Append(' ', indent).Append(text).Append(newLine);

    /// <summary>A text as it may be written here: without quotes only where nothing in it has a meaning.</summary>
    private string Scalar(string value, bool isKey = false, bool isFlow = false)
    {
        var isPlain =
            value.Length > 0
            && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or 'é' or '日' or '本')
            && !"1~".Contains(value[0], StringComparison.Ordinal);
        var isSingle = value.All(c => c is >= ' ' and not ('\u0085' or '\u2028'));
        return dice.Number(3) switch
        {
            0 or 1 when isPlain && value is not ("null" or "true" or "3") => value + (isKey || isFlow || dice.Chance(85) ? "" : " # end"),
            1 when isSingle => $"'{value.Replace("'", "''", StringComparison.Ordinal)}'",
            _ => Double(value),
        };
    }

    private string Double(string value)
    {
        var text = new StringBuilder("\"");
        foreach (var c in value)
            if (c is '"' or '\\')
                text.Append('\\').Append(c);
            else if (c < ' ' || c is '\u0085' or '\u2028' || (char.IsAscii(c) && dice.Chance(5)))
                text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else
                text.Append(c);
        return text.Append('"').ToString();
    }
}
