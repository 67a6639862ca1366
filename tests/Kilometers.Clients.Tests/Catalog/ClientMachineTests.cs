using Kilometers.Clients.Catalog;
using Kilometers.Clients.Servers;

namespace Kilometers.Clients.Tests.Catalog;

public sealed class ClientMachineTests : IDisposable
{
    private readonly ClientHome _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData("Linux", "{config}/Claude/claude_desktop_config.json", "/home/ann/.config/Claude/claude_desktop_config.json")]
    [InlineData(
        "Mac",
        "{config}/Claude/claude_desktop_config.json",
        "/home/ann/Library/Application Support/Claude/claude_desktop_config.json"
    )]
    [InlineData("Windows", "{config}/Claude/claude_desktop_config.json", "C:/Users/ann/AppData/Roaming/Claude/claude_desktop_config.json")]
    [InlineData("Mac", "{dotconfig}/zed/settings.json", "/home/ann/.config/zed/settings.json")]
    [InlineData("Linux", "{goose}/config.yaml", "/home/ann/.config/goose/config.yaml")]
    [InlineData("Windows", "{goose}/config.yaml", "C:/Users/ann/AppData/Roaming/Block/goose/config/config.yaml")]
    [InlineData("Linux", "{managed}/managed-mcp.json", "/etc/claude-code/managed-mcp.json")]
    [InlineData("Windows", "{managed}/managed-mcp.json", null)]
    [InlineData("Linux", "{project}/.mcp.json", null)]
    public void Resolve_Place_IsWhereThatSystemHasIt(string kind, string template, string? expected)
    {
        var machine = new ClientMachine
        {
            Kind = Enum.Parse<MachineKind>(kind),
            Home = "/home/ann",
            Project = null,
            Variable = name => name == "APPDATA" ? "C:/Users/ann/AppData/Roaming" : null,
        };

        Assert.Equal(expected, machine.Resolve(template));
    }

    [Theory]
    [InlineData("XDG_CONFIG_HOME", "{config}/x", "/other/x")]
    [InlineData("XDG_CONFIG_HOME", "{goose}/x", "/other/goose/x")]
    [InlineData("CODEX_HOME", "{codex}/config.toml", "/other/config.toml")]
    [InlineData("CLAUDE_CONFIG_DIR", "{claude}/.claude.json", "/other/.claude.json")]
    public void Resolve_VariableNamesTheFolder_IsThere(string variable, string template, string expected)
    {
        _home.Variables[variable] = "/other";
        Assert.Equal(expected, _home.Machine.Resolve(template));

        _home.Variables[variable] = "relative";
        Assert.StartsWith(_home.Folder, _home.Machine.Resolve(template), StringComparison.Ordinal);
    }

    [Fact]
    public void Find_ProjectIsTheHomeDirectory_FindsEachFileOnceAsTheUsersOwn()
    {
        _home.Write("cursor", """{ "mcpServers": { "s": { "command": "x" } } }""");
        var machine = _home.Machine with { Project = _home.Folder };

        var config = Assert.Single(FoundConfig.Find([ClientHome.Client("cursor")], machine, _home.Km));

        Assert.False(config.IsProject);
        Assert.Single(config.Entries);
    }

    [Fact]
    public void Find_Profiles_FindsEachOne()
    {
        const string Servers = """{ "servers": { "s": { "command": "x" } } }""";
        _home.Write("vscode", Servers, 1);
        var other = Path.Combine(_home.Folder, ".config/Code/User/profiles/two/mcp.json");
        Directory.CreateDirectory(Path.GetDirectoryName(other)!);
        File.WriteAllText(other, Servers);

        Assert.Equal(2, FoundConfig.Find([ClientHome.Client("vscode")], _home.Machine, _home.Km).Count);
    }

    [Fact]
    public void All_Clients_HaveNamesOfTheirOwnAndPlacesThatResolve()
    {
        Assert.Equal(KnownClients.All.Count, KnownClients.All.DistinctBy(client => client.Name).Count());
        Assert.All(KnownClients.All.SelectMany(client => client.Locations), location =>
            Assert.StartsWith(_home.Folder, _home.Machine.Resolve(location.File), StringComparison.Ordinal)
        );
    }
}
