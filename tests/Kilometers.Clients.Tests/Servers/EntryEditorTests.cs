using System.Text;
using Kilometers.Clients.Servers;
using Kilometers.Clients.Syntax;
using Kilometers.Contracts;

namespace Kilometers.Clients.Tests.Servers;

/// <summary>What an entry looks like with km in front of it.</summary>
public sealed class EntryEditorTests : IDisposable
{
    private readonly ClientHome _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData("{\"command\":\"npx\"}", "{\"command\":\"KM\", \"args\":[\"monitor\", \"--name\", \"s\", \"--\", \"npx\"]}")]
    [InlineData(
        "{\n  \"command\" : \"npx\", // c\n  \"x\": 1\n}",
        "{\n  \"command\" : \"KM\",\n  \"args\" : [\"monitor\", \"--name\", \"s\", \"--\", \"npx\"], // c\n  \"x\": 1\n}"
    )]
    [InlineData("{\"command\":\"a\",\"args\":[]}", "{\"command\":\"KM\",\"args\":[\"monitor\", \"--name\", \"s\", \"--\", \"a\"]}")]
    [InlineData("{\"command\":\"a\",\"args\":null}", "{\"command\":\"KM\",\"args\":[\"monitor\", \"--name\", \"s\", \"--\", \"a\"]}")]
    [InlineData(
        "{\"args\":[\t\"\\u0061\" /* x */,],\"command\":\"\\u002fa\"}",
        "{\"args\":[\t\"monitor\", \"--name\", \"s\", \"--\", \"\\u002fa\", \"\\u0061\" /* x */,],\"command\":\"KM\"}"
    )]
    [InlineData(
        "{\"command\":\"a\",\"args\":[\r\n\t// first\r\n\t\"x\"\r\n]}",
        "{\"command\":\"KM\",\"args\":[\r\n\t// first\r\n"
            + "\t\"monitor\",\r\n\t\"--name\",\r\n\t\"s\",\r\n\t\"--\",\r\n\t\"a\",\r\n\t\"x\"\r\n]}"
    )]
    public void Wrap_Json_KeepsHowItIsWritten(string before, string after) =>
        Check("cursor", $"{{\"mcpServers\":{{\"s\":{before}}}}}", $"{{\"mcpServers\":{{\"s\":{after}}}}}");

    [Theory]
    [InlineData(
        "[mcp_servers.s]\n\tcommand = 'a'\n",
        "[mcp_servers.s]\n\tcommand = \"KM\"\n\targs = [\"monitor\", \"--name\", \"s\", \"--\", 'a']\n"
    )]
    [InlineData(
        "[mcp_servers.s]\ncommand = 'a' # c",
        "[mcp_servers.s]\nargs = [\"monitor\", \"--name\", \"s\", \"--\", 'a']\ncommand = \"KM\" # c"
    )]
    [InlineData(
        "mcp_servers.s.command = \"a\"\r\nx = 1\r\n",
        "mcp_servers.s.command = \"KM\"\r\nmcp_servers.s.args = [\"monitor\", \"--name\", \"s\", \"--\", \"a\"]\r\nx = 1\r\n"
    )]
    [InlineData(
        "mcp_servers = { s = { command=\"a\" } }\n",
        "mcp_servers = { s = { command=\"KM\", args=[\"monitor\", \"--name\", \"s\", \"--\", \"a\"] } }\n"
    )]
    public void Wrap_Toml_KeepsHowItIsWritten(string before, string after) => Check("codex", before, after);

    [Theory]
    [InlineData(
        "extensions:\n  s:\n    cmd: a # c\n",
        "extensions:\n  s:\n    args: [\"monitor\", \"--name\", \"s\", \"--\", \"a\"]\n    cmd: \"KM\" # c\n"
    )]
    [InlineData(
        "extensions:\n  s:\n    cmd: a\n    args:\n    -   x\n    # y\n    - z\n",
        "extensions:\n  s:\n    cmd: \"KM\"\n    args:\n    -   \"monitor\"\n"
            + "    -   \"--name\"\n    -   \"s\"\n    -   \"--\"\n    -   \"a\"\n    -   x\n    # y\n    - z\n"
    )]
    [InlineData("extensions:\n  s: {cmd: a}\n", "extensions:\n  s: {cmd: \"KM\", args: [\"monitor\", \"--name\", \"s\", \"--\", \"a\"]}\n")]
    [InlineData(
        "extensions:\n  s:\n    cmd: a\n    args:\n",
        "extensions:\n  s:\n    cmd: \"KM\"\n    args: [\"monitor\", \"--name\", \"s\", \"--\", \"a\"]\n"
    )]
    public void Wrap_Yaml_KeepsHowItIsWritten(string before, string after) => Check("goose", before, after);

    [Theory]
    [InlineData("cursor", "{\"mcpServers\":{\"s\":{\"command\":\"a b\"}}}", "its command is one text with spaces")]
    [InlineData("cursor", "{\"mcpServers\":{\"s\":{\"command\":\"~/a\"}}}", "its command begins with ~")]
    [InlineData("cursor", "{\"mcpServers\":{\"s\":{\"command\":\"\"}}}", "its command is empty")]
    [InlineData("cursor", "{\"mcpServers\":{\"s\":{\"command\":1}}}", "its command is not text")]
    [InlineData("cursor", "{\"mcpServers\":{\"s\":{\"command\":\"a\",\"args\":\"x\"}}}", "its arguments are not a list")]
    [InlineData("opencode", "{\"mcp\":{\"s\":{\"command\":[]}}}", "its command is not text")]
    [InlineData("goose", "extensions:\n  s: &x\n    cmd: a\n", "its command uses anchors")]
    [InlineData("goose", "extensions:\n  s:\n    cmd: |\n      a\n", "its command uses anchors")]
    [InlineData("goose", "x: &x [b]\nextensions:\n  s:\n    cmd: a\n    args: *x\n", "its command uses anchors")]
    [InlineData("cursor", "{\"mcpServers\":{\"s\":\"?\"}}", "its client provides it")]
    public void Read_EntryThatKmCannotRun_SaysWhy(string client, string text, string reason)
    {
        _home.Write(client, text);

        var entry = Assert.Single(_home.Find(client).Entries);

        Assert.Equal(EntryState.LeftAlone, entry.State);
        Assert.StartsWith(reason, entry.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_PartsOfTwoServersAlternate_LeavesBothAlone()
    {
        _home.Write("codex", "[mcp_servers]\na.command = 'x'\nb.command = 'y'\na.args = []\n[mcp_servers.c]\ncommand = 'z'\n");

        Assert.Equal(
            [("a", EntryState.LeftAlone), ("b", EntryState.LeftAlone), ("c", EntryState.NotWrapped)],
            _home.Find("codex").Entries.Select(entry => (entry.Name, entry.State))
        );
    }

    [Theory]
    [InlineData("extensions:\n  s:\n    cmd: a\n    args: [\n      x]\n")]
    [InlineData("extensions: {s: {cmd: a, args: [x]}}\n")]
    public void Wrap_UnusualYaml_IsRightOrRefused(string text)
    {
        var file = _home.Write("goose", text);
        try
        {
            _home.Wrap("goose");
            _home.Unwrap("goose");
        }
        catch (KmException e)
        {
            Assert.Equal(ErrorCode.ConfigNotUnderstood, e.Error.Code);
        }

        Assert.Equal(text, File.ReadAllText(file));
    }

    [Theory]
    [InlineData("-x", "--name=-x")]
    [InlineData("", "--name=")]
    public void Before_NameThatLooksLikeAnOption_IsOneWord(string server, string word) =>
        Assert.Equal([_home.KmPath, "monitor", word, "--"], _home.Km.Before(server, isCommitted: false));

    [Fact]
    public void Wrap_FileOfAProject_NamesKmWithoutAPath()
    {
        var client = ClientHome.Client("cursor");
        var place = client.Locations.ToList().FindIndex(location => location.IsProject);
        var file = _home.Write("cursor", """{"mcpServers":{"s":{"command":"a"}}}""", place);

        _home.Wrap("cursor");

        Assert.Equal("""{"mcpServers":{"s":{"command":"km", "args":["monitor", "--name", "s", "--", "a"]}}}""", File.ReadAllText(file));
        Assert.Equal(EntryState.Wrapped, Assert.Single(_home.Find("cursor").Entries).State);
    }

    [Fact]
    public void Verify_AnotherEntryDiffers_Throws()
    {
        var (before, after) = (
            Parse("""{"mcpServers":{"s":{"command":"a"},"t":{"command":"b"}}}"""),
            Parse("""{"mcpServers":{"s":{"command":"a"},"t":{"command":"c"}}}""")
        );
        var entry = EntryReader.Read(before, ClientHome.Client("cursor").Locations[0], _home.Km, null)[0];

        Assert.Throws<ConfigSyntaxException>(() => EntryEditor.Verify(before, after, entry, ["a"]));
    }

    private static ConfigDocument Parse(string text) => ConfigDocument.Parse(ConfigFormat.Json, Encoding.UTF8.GetBytes(text));

    private void Check(string client, string before, string after)
    {
        var file = _home.Write(client, before);

        _home.Wrap(client);

        Assert.Equal(after.Replace("KM", _home.KmPath, StringComparison.Ordinal), File.ReadAllText(file));
        _home.Unwrap(client);
        Assert.Equal(before, File.ReadAllText(file));
    }
}
