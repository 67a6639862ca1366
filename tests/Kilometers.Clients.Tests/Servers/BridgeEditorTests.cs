using Kilometers.Clients.Servers;
using Kilometers.Contracts;

namespace Kilometers.Clients.Tests.Servers;

/// <summary>What the entry of a server over HTTP looks like with km in front of it.</summary>
public sealed class BridgeEditorTests : IDisposable
{
    private readonly ClientHome _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData(
        "cursor",
        "{\"mcpServers\":{\"s\":{\"url\":\"https://a/mcp\"}}}",
        "{\"mcpServers\":{\"s\":{\"command\":\"KM\", \"args\":[\"bridge\", \"--name\", \"s\", \"--\", \"https://a/mcp\"]}}}"
    )]
    [InlineData(
        "cursor",
        "{\"mcpServers\":{\"s\":{ \"type\": \"http\", /* c */ \"headers\": {\n \"X-Key\":  \"\\u0061\", \"x.key\": \"b\" },\n  \"url\" : \"https://a/\" // d\n}}}",
        "{\"mcpServers\":{\"s\":{ \"type\": \"stdio\", /* c */ \"env\": {\n \"MCP_HEADER_X_KEY\":  \"\\u0061\", \"MCP_HEADER_X_KEY_2\": \"b\" },\n"
            + "  \"command\" : \"KM\",\n  \"args\" : [\"bridge\", \"--name\", \"s\", \"--header-env\", \"X-Key=MCP_HEADER_X_KEY\", "
            + "\"--header-env\", \"x.key=MCP_HEADER_X_KEY_2\", \"--\", \"https://a/\"] // d\n}}}"
    )]
    [InlineData(
        "opencode",
        "{\"mcp\":{\"s\":{\"type\":\"remote\",\"url\":\"https://a/\",\"headers\":{\"A\":\"b\"}}}}",
        "{\"mcp\":{\"s\":{\"type\":\"local\",\"command\":[\"KM\", \"bridge\", \"--name\", \"s\", \"--header-env\", \"A=MCP_HEADER_A\", \"--\", "
            + "\"https://a/\"],\"environment\":{\"MCP_HEADER_A\":\"b\"}}}}"
    )]
    [InlineData(
        "codex",
        "[mcp_servers.s]\nurl = \"https://a/\" # c\nbearer_token_env_var = 'T'\nhttp_headers = { \"X-R\" = 'eu', b = \"c\" }\n",
        "[mcp_servers.s]\nargs = [\"bridge\", \"--name\", \"s\", \"--header-env\", \"X-R=MCP_HEADER_X_R\", \"--header-env\", "
            + "\"b=MCP_HEADER_B\", \"--bearer-env\", \"T\", \"--\", \"https://a/\"]\ncommand = \"KM\" # c\nenv_vars = [\"T\"]\n"
            + "env = { MCP_HEADER_X_R = 'eu', MCP_HEADER_B = \"c\" }\n"
    )]
    [InlineData(
        "codex",
        "mcp_servers.s.url = 'https://a/'\nmcp_servers.s.http_headers = {A = 'b'}\n",
        "mcp_servers.s.command = \"KM\"\nmcp_servers.s.args = [\"bridge\", \"--name\", \"s\", \"--header-env\", \"A=MCP_HEADER_A\", \"--\", "
            + "\"https://a/\"]\nmcp_servers.s.env = {MCP_HEADER_A = 'b'}\n"
    )]
    [InlineData(
        "goose",
        "extensions:\n  s:\n    type: streamable_http # c\n    uri: https://a/\n    headers:\n      X-Key: 'b' # d\n    timeout: 3\n",
        "extensions:\n  s:\n    type: \"stdio\" # c\n    cmd: \"KM\"\n    args: [\"bridge\", \"--name\", \"s\", \"--header-env\", "
            + "\"X-Key=MCP_HEADER_X_KEY\", \"--\", \"https://a/\"]\n    envs:\n      MCP_HEADER_X_KEY: 'b' # d\n    timeout: 3\n"
    )]
    [InlineData(
        "continue",
        "mcpServers:\n- url: https://a/\n  name: s\n",
        "mcpServers:\n- command: \"KM\"\n  args: [\"bridge\", \"--name\", \"s\", \"--\", \"https://a/\"]\n  name: s\n"
    )]
    public void Wrap_KeepsHowItIsWrittenAndUnwrapRestoresIt(string client, string before, string after)
    {
        var file = _home.Write(client, before);

        _home.Wrap(client);

        Assert.Equal(after.Replace("KM", _home.KmPath, StringComparison.Ordinal), File.ReadAllText(file));
        Assert.Equal(EntryState.Wrapped, Assert.Single(_home.Find(client).Entries).State);
        _home.Unwrap(client);
        Assert.Equal(before, File.ReadAllText(file));
    }

    [Theory]
    [InlineData("windsurf", "{\"mcpServers\":{\"s\":{\"serverUrl\":\"https://a/\"}}}")]
    [InlineData("gemini", "{\"mcpServers\":{\"s\":{\"httpUrl\":\"https://a/\",\"headers\":{\"A-B\":\"b\"}}}}")]
    [InlineData("vibe", "[[mcp_servers]]\nname = \"s\"\ntransport = \"http\"\nurl = \"https://a/\"\nheaders = {X-A = \"b\"}\n")]
    [InlineData("codex", "[mcp_servers.s]\nurl = \"https://a/\"\nbearer_token_env_var = \"T\"\n")]
    public void Unwrap_WithoutARecord_RestoresItFromItsForm(string client, string text)
    {
        var file = _home.Write(client, text);
        _home.Wrap(client);
        Assert.NotEqual(text, File.ReadAllText(file));
        Directory.Delete(Path.Combine(_home.Folder, ".km"), recursive: true);

        _home.Unwrap(client);

        Assert.Equal(text, File.ReadAllText(file));
    }

    [Theory]
    [InlineData("\"command\":\"km\",\"args\":[\"bridge\",\"--client-id\",\"x\",\"--\",\"https://a/\"]")]
    [InlineData("\"command\":\"km\",\"args\":[\"bridge\",\"--header-env\",\"A=V\",\"--\",\"https://a/\"]")]
    [InlineData(
        "\"command\":\"km\",\"args\":[\"bridge\",\"--header-env\",\"A=V\",\"--\",\"https://a/\"],\"env\":{\"V\":\"1\",\"W\":\"2\"}"
    )]
    [InlineData("\"command\":\"km\",\"x\":1,\"args\":[\"bridge\",\"--\",\"https://a/\"]")]
    [InlineData("\"command\":\"km\",\"args\":[\"bridge\",\"--\",\"https://a/\",\"more\"]")]
    public void Unwrap_MoreThanKmWrote_IsRefused(string members)
    {
        var text = $"{{\"mcpServers\":{{\"s\":{{{members}}}}}}}";
        var file = _home.Write("cursor", text);

        var refusal = Assert.Throws<KmException>(() => _home.Unwrap("cursor"));

        Assert.Equal(ErrorCode.ConfigNotUnderstood, refusal.Error.Code);
        Assert.Equal(text, File.ReadAllText(file));
    }

    [Theory]
    [InlineData("cursor", "{\"mcpServers\":{\"s\":{\"url\":\"https://a/?key=b\"}}}", "its address may hold a key")]
    [InlineData("cursor", "{\"mcpServers\":{\"s\":{\"url\":\"https://u:p@a/\"}}}", "its address may hold a key")]
    [InlineData("cursor", "{\"mcpServers\":{\"s\":{\"url\":\"${URL}\"}}}", "its address does not begin with http")]
    [InlineData("cursor", "{\"mcpServers\":{\"s\":{\"url\":1}}}", "its address does not begin with http")]
    [InlineData("cursor", "{\"mcpServers\":{\"s\":{\"url\":\"ws://a/\"}}}", "its address does not begin with http")]
    [InlineData("cursor", "{\"mcpServers\":{\"s\":{\"url\":\"https://a/\",\"oauth\":{}}}}", "its client connects with settings")]
    [InlineData("cursor", "{\"mcpServers\":{\"s\":{\"url\":\"https://a/\",\"headers\":{\"A\":1}}}}", "its headers are not text")]
    [InlineData("cursor", "{\"mcpServers\":{\"s\":{\"url\":\"https://a/\",\"headers\":\"A: b\"}}}", "its headers are not text")]
    [InlineData("cursor", "{\"mcpServers\":{\"s\":{\"url\":\"https://a/\",\"headers\":{\"A B\":\"c\"}}}}", "its headers have names")]
    [InlineData("cursor", "{\"mcpServers\":{\"s\":{\"url\":\"https://a/\",\"headers\":{},\"env\":{}}}}", "it has both headers")]
    [InlineData("cursor", "{\"mcpServers\":{\"s\":{\"url\":\"https://a/\",\"args\":[]}}}", "it has more than an address")]
    [InlineData("gemini", "{\"mcpServers\":{\"s\":{\"url\":\"https://a/\",\"httpUrl\":\"https://a/\"}}}", "it has more than an address")]
    [InlineData("codex", "[mcp_servers.s]\nurl='https://a/'\n[mcp_servers.s.http_headers]\nA='b'\n", "its headers are in a table")]
    [InlineData("codex", "[mcp_servers.s]\nurl='https://a/'\nhttp_headers.A='b'\n", "its headers are in a table")]
    [InlineData("codex", "[mcp_servers.s]\nurl='https://a/'\nbearer_token_env_var=1\n", "its token is not the name")]
    [InlineData("goose", "extensions:\n  s:\n    uri: &x https://a/\n", "its address uses anchors")]
    public void Read_AddressThatKmDoesNotTakeOver_SaysWhy(string client, string text, string reason)
    {
        _home.Write(client, text);

        var entry = Assert.Single(_home.Find(client).Entries);

        Assert.Equal(EntryState.LeftAlone, entry.State);
        Assert.StartsWith(reason, entry.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "deniedMcpServers": [{ "serverUrl": "https://*.a/*" }] }""", "Refused")]
    [InlineData("""{ "deniedMcpServers": [{ "serverUrl": "https://b/*" }] }""", "NotWrapped")]
    [InlineData("""{ "allowedMcpServers": [{ "serverUrl": "https://x.a/*" }] }""", "Refused")]
    [InlineData("""{ "allowedMcpServers": [{ "serverName": "s" }] }""", "NotWrapped")]
    [InlineData(
        """{ "allowedMcpServers": [{ "serverCommand": ["KM", "bridge", "--name", "s", "--", "https://x.a/mcp"] }] }""",
        "NotWrapped"
    )]
    public void Read_AdministratorsRules_AreKept(string rules, string state)
    {
        var settings = _home.Machine.Resolve("{managed}/managed-settings.json")!;
        Directory.CreateDirectory(Path.GetDirectoryName(settings)!);
        File.WriteAllText(settings, rules.Replace("KM", _home.KmPath, StringComparison.Ordinal));
        _home.Write("claude-code", """{ "mcpServers": { "s": { "type": "http", "url": "https://x.a/mcp" } } }""");

        Assert.Equal(Enum.Parse<EntryState>(state), Assert.Single(_home.Find("claude-code").Entries).State);
    }
}
