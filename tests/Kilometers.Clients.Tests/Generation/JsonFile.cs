using System.Globalization;
using System.Text;

namespace Kilometers.Clients.Tests.Generation;

/// <summary>JSON as people leave it: comments anywhere, commas at the end, every way to break lines.</summary>
internal sealed class JsonFile(Dice dice, string newLine)
{
    private readonly StringBuilder _text = new();
    private readonly bool _isPlain = dice.Chance(25);

    public string Write(IReadOnlyList<GeneratedServer> servers)
    {
        Object([
            .. dice.Many(4, () => (Key(), (Action)(() => Any(0)))),
            ("mcpServers", () => Object([.. servers.Select(server => (server.Name, (Action)(() => Server(server))))])),
            .. dice.Many(3, () => (Key(), (Action)(() => Any(0)))),
        ]);
        Trivia();
        return _text.ToString();
    }

    private void Server(GeneratedServer server)
    {
        List<(string, Action)> members = [];
        if (server.Command is null)
            members.Add(("url", () => Text("https://example.com/")));
        else
            members.Add(("command", () => Text(server.Command)));
        if (server.Arguments is { } arguments)
            members.Add(("args", () => Array([.. arguments.Select(word => (Action)(() => Text(word)))])));
        else if (server.Command is not null && dice.Chance(20))
            members.Add(("args", () => _text.Append("null")));
        if (server.Environment.Count > 0)
            members.Add(
                (server.HasHeaders ? "headers" : "env", () =>
                    Object([.. server.Environment.Select(one => (one.Name, (Action)(() => Text(one.Value))))])
                )
            );
        if (dice.Chance(30))
            members.Add(("type", () => Text(server.Command is null ? "http" : "stdio")));
        if (dice.Chance(30))
            members.Add(("disabled", () => _text.Append(dice.Of("true", "false"))));
        if (dice.Chance(30))
            members.Add(("extra", () => Any(0)));
        Object(dice.Shuffle(members));
    }

    private int _keys;

    private string Key() => $"key {_keys++} {dice.Word()}";

    private void Any(int depth)
    {
        switch (dice.Number(depth > 12 ? 3 : 6))
        {
            case 0:
                Text(dice.Word());
                break;
            case 1:
                _text.Append(dice.Of("0", "-1.5e3", "123456789012345678901234567890", "true", "false", "null"));
                break;
            case 2:
                Text(dice.Word() + dice.Word());
                break;
            case 3:
                Object(dice.Many(3, () => (Key(), (Action)(() => Any(depth + 1)))));
                break;
            default:
                Array(dice.Many(3, () => (Action)(() => Any(depth + 1))));
                break;
        }
    }

    private void Object(List<(string Name, Action Value)> members)
    {
        _text.Append('{');
        for (var at = 0; at < members.Count; at++)
        {
            Trivia();
            Text(members[at].Name);
            Trivia();
            _text.Append(':');
            Trivia();
            members[at].Value();
            Trivia();
            if (at < members.Count - 1 || dice.Chance(_isPlain ? 0 : 25))
                _text.Append(',');
        }

        Trivia();
        _text.Append('}');
    }

    private void Array(List<Action> items)
    {
        _text.Append('[');
        for (var at = 0; at < items.Count; at++)
        {
            Trivia();
            items[at]();
            Trivia();
            if (at < items.Count - 1 || dice.Chance(_isPlain ? 0 : 25))
                _text.Append(',');
        }

        Trivia();
        _text.Append(']');
    }

    private void Trivia()
    {
        if (dice.Chance(50))
            _text.Append(dice.Of(" ", "  ", "\t", newLine, newLine + "  ", newLine + newLine + "\t"));
        if (!_isPlain && dice.Chance(12))
            _text.Append(
                dice.Of(
                    $"// {dice.Word()} \"command\": [{newLine}",
                    $"/* {dice.Word().Replace("*/", "", StringComparison.Ordinal)} }} */",
                    $"/* two{newLine}lines */",
                    $"//{newLine}    "
                )
            );
    }

    /// <summary>A text with the escapes that it needs, and some that it does not.</summary>
    private void Text(string value)
    {
        _text.Append('"');
        foreach (var c in value)
        {
            if (c is '"' or '\\')
                _text.Append('\\').Append(c);
            else if (c < ' ' || (!char.IsSurrogate(c) && dice.Chance(5)))
                _text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else
                _text.Append(c);
        }

        _text.Append('"');
    }
}
