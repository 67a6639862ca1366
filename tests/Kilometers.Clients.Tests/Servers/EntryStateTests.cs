using Kilometers.Clients.Servers;

namespace Kilometers.Clients.Tests.Servers;

/// <summary>Whether an entry runs through km, and through which.</summary>
public sealed class EntryStateTests : IDisposable
{
    private readonly ClientHome _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData("\"command\": \"npx\"", "NotWrapped")]
    [InlineData("\"command\": \"KM\", \"args\": [\"monitor\", \"--\", \"npx\"]", "Wrapped")]
    [InlineData("\"command\": \"km\", \"args\": [\"monitor\", \"--server\", \"--\", \"npx\"]", "Wrapped")]
    [InlineData("\"command\": \"LINK\", \"args\": [\"monitor\", \"--\", \"npx\"]", "Wrapped")]
    [InlineData("\"command\": \"OTHER\", \"args\": [\"monitor\", \"--\", \"npx\"]", "WrappedByAnother")]
    [InlineData("\"command\": \"/gone/km\", \"args\": [\"monitor\", \"--\", \"npx\"]", "BrokenPath")]
    [InlineData("\"command\": \"dotnet\", \"args\": [\"/gone/km.dll\", \"monitor\", \"--\", \"npx\"]", "BrokenPath")]
    [InlineData("\"command\": \"km\", \"args\": [\"monitor\", \"--\"]", "NotWrapped")]
    [InlineData("\"command\": \"km\", \"args\": [\"plugins\", \"--\", \"npx\"]", "NotWrapped")]
    [InlineData("\"command\": \"km\", \"args\": [\"bridge\", \"--name\", \"s\", \"--\", \"https://example.com/\"]", "Wrapped")]
    [InlineData("\"command\": \"/gone/km\", \"args\": [\"bridge\", \"--\", \"https://example.com/\"]", "BrokenPath")]
    [InlineData("\"command\": \"km\", \"args\": [\"bridge\", \"https://example.com/\"]", "LeftAlone")]
    [InlineData("\"url\": \"https://example.com/\"", "NotWrapped")]
    [InlineData("\"serverUrl\": \"https://example.com/\"", "NotWrapped")]
    [InlineData("\"settings\": {}", "LeftAlone")]
    public void Read_Entry_HasItsState(string members, string state)
    {
        var other = Path.Combine(_home.Folder, "other", "km");
        Directory.CreateDirectory(Path.GetDirectoryName(other)!);
        File.WriteAllText(other, "");
        var link = Path.Combine(_home.Folder, "link", "km");
        Directory.CreateDirectory(Path.GetDirectoryName(link)!);
        File.CreateSymbolicLink(link, _home.KmPath);
        members = members.Replace("KM", _home.KmPath, StringComparison.Ordinal);
        members = members.Replace("LINK", link, StringComparison.Ordinal).Replace("OTHER", other, StringComparison.Ordinal);
        _home.Write("cursor", $"{{ \"mcpServers\": {{ \"s\": {{ {members} }} }} }}");

        Assert.Equal(Enum.Parse<EntryState>(state), Assert.Single(_home.Find("cursor").Entries).State);
    }

    [Theory]
    [InlineData("cursor", """{ "mcpServers": { "s": { "command": "x", "disabled": true } } }""", true)]
    [InlineData("cursor", """{ "mcpServers": { "s": { "command": "x", "disabled": false } } }""", false)]
    [InlineData("opencode", """{ "mcp": { "s": { "command": ["x"], "enabled": false } } }""", true)]
    [InlineData("codex", "[mcp_servers.s]\ncommand = 'x'\nenabled = false\n", true)]
    [InlineData("goose", "extensions:\n  s:\n    cmd: x\n    enabled: true\n", false)]
    public void Read_EntryThatIsTurnedOff_SaysSo(string client, string text, bool isOff)
    {
        _home.Write(client, text);

        Assert.Equal(isOff, Assert.Single(_home.Find(client).Entries).IsOff);
    }

    [Theory]
    [InlineData("""{ "deniedMcpServers": [{ "serverName": "s" }] }""", "Refused")]
    [InlineData("""{ "deniedMcpServers": [{ "serverCommand": ["npx", "-y", "x"] }] }""", "Refused")]
    [InlineData("""{ "deniedMcpServers": [{ "serverCommand": ["npx"] }] }""", "NotWrapped")]
    [InlineData("""{ "allowedMcpServers": [{ "serverName": "s" }] }""", "NotWrapped")]
    [InlineData("""{ "allowedMcpServers": [{ "serverName": "t" }] }""", "Refused")]
    [InlineData("""{ "allowedMcpServers": [] }""", "Refused")]
    [InlineData("""{ "allowedMcpServers": [{ "serverCommand": ["npx", "-y", "x"] }] }""", "Refused")]
    [InlineData(
        """{ "allowedMcpServers": [{ "serverCommand": ["KM", "monitor", "--name", "s", "--", "npx", "-y", "x"] }] }""",
        "NotWrapped"
    )]
    [InlineData("""{ "permissions": {} }""", "NotWrapped")]
    [InlineData("{ ", "Refused")]
    public void Read_AdministratorsRules_AreKept(string rules, string state)
    {
        var settings = _home.Machine.Resolve("{managed}/managed-settings.json")!;
        Directory.CreateDirectory(Path.GetDirectoryName(settings)!);
        File.WriteAllText(settings, rules.Replace("KM", _home.KmPath, StringComparison.Ordinal));
        _home.Write("claude-code", """{ "mcpServers": { "s": { "command": "npx", "args": ["-y", "x"] } } }""");

        Assert.Equal(Enum.Parse<EntryState>(state), Assert.Single(_home.Find("claude-code").Entries).State);
    }

    [Fact]
    public void Read_AdministratorFixesTheServers_RefusesAll()
    {
        var servers = _home.Machine.Resolve("{managed}/managed-mcp.json")!;
        Directory.CreateDirectory(Path.GetDirectoryName(servers)!);
        File.WriteAllText(servers, "{}");
        _home.Write("claude-code", """{ "mcpServers": { "s": { "command": "npx" } } }""");

        var entry = Assert.Single(_home.Find("claude-code").Entries);

        Assert.Equal(EntryState.Refused, entry.State);
        Assert.Contains("an administrator fixes the servers", entry.Reason, StringComparison.Ordinal);
    }
}
