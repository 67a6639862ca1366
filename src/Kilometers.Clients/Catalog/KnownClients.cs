using Kilometers.Clients.Syntax;

namespace Kilometers.Clients.Catalog;

/// <summary>The clients that km knows, as data. docs/clients.md shows the same table for people; a test compares the two.</summary>
internal static class KnownClients
{
    private const string Servers = "mcpServers";

    private static readonly EntryShape OnOff = new() { Off = ("enabled", "false") };

    private static readonly EntryShape Goose = OnOff with
    {
        Command = "cmd",
        Environment = "envs",
        Addresses = ["uri"],
        Transport = ("type", "stdio", "streamable_http"),
    };

    private static readonly EntryShape OpenCode = OnOff with
    {
        IsList = true,
        Environment = "environment",
        Transport = ("type", "local", "remote"),
    };

    private static readonly EntryShape Codex = OnOff with { Headers = "http_headers" };

    private static readonly EntryShape ServerAddress = new() { Addresses = ["serverUrl", "url"] };

    private static readonly EntryShape HttpAddress = new() { Addresses = ["httpUrl", "url"] };

    private static readonly EntryShape Streamable = new() { Transport = ("type", "stdio", "streamable-http") };

    private static readonly EntryShape StreamableHttp = new() { Transport = ("type", "stdio", "streamableHttp") };

    private static readonly EntryShape Transport = new() { Transport = ("transport", "stdio", "http") };

    private static readonly EntryShape Copilot = new() { Transport = ("type", "local", "http") };

    public static IReadOnlyList<McpClient> All { get; } =
    [
        new(
            "claude-code",
            "Claude Code",
            new ConfigLocation("{claude}/.claude.json", Servers) { Lock = ".claude.json.lock" },
            new ConfigLocation("{claude}/.claude.json", "projects", "*", Servers) { Lock = ".claude.json.lock" },
            new ConfigLocation("{project}/.mcp.json", Servers)
        )
        {
            HasManagedRules = true,
        },
        new("claude-desktop", "Claude Desktop", new ConfigLocation("{config}/Claude/claude_desktop_config.json", Servers)),
        new(
            "cursor",
            "Cursor",
            new ConfigLocation("{home}/.cursor/mcp.json", Servers),
            new ConfigLocation("{project}/.cursor/mcp.json", Servers)
        ),
        new(
            "vscode",
            "VS Code",
            new ConfigLocation("{config}/Code/User/mcp.json", "servers"),
            new ConfigLocation("{config}/Code/User/profiles/*/mcp.json", "servers"),
            new ConfigLocation("{config}/Code - Insiders/User/mcp.json", "servers"),
            new ConfigLocation("{config}/Code - Insiders/User/profiles/*/mcp.json", "servers"),
            new ConfigLocation("{home}/.vscode-server/data/User/mcp.json", "servers"),
            new ConfigLocation("{project}/.vscode/mcp.json", "servers")
        ),
        new(
            "windsurf",
            "Windsurf",
            new ConfigLocation("{home}/.codeium/windsurf/mcp_config.json", Servers) { Shape = ServerAddress },
            new ConfigLocation("{home}/.codeium/mcp_config.json", Servers) { Shape = ServerAddress }
        ),
        new(
            "zed",
            "Zed",
            new ConfigLocation("{dotconfig}/zed/settings.json", "context_servers") { Shape = OnOff },
            new ConfigLocation("{project}/.zed/settings.json", "context_servers") { Shape = OnOff }
        ),
        new(
            "continue",
            "Continue",
            new ConfigLocation("{home}/.continue/config.yaml", Servers) { Format = ConfigFormat.Yaml, Shape = Streamable },
            new ConfigLocation("{project}/.continue/mcpServers/*.yaml", Servers) { Format = ConfigFormat.Yaml, Shape = Streamable }
        ),
        new(
            "cline",
            "Cline",
            new ConfigLocation("{config}/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json", Servers)
            {
                Shape = StreamableHttp,
            }
        ),
        new(
            "roo",
            "Roo Code",
            new ConfigLocation("{config}/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json", Servers)
            {
                Shape = Streamable,
            },
            new ConfigLocation("{project}/.roo/mcp.json", Servers) { Shape = Streamable }
        ),
        new(
            "junie",
            "JetBrains Junie",
            new ConfigLocation("{home}/.junie/mcp/mcp.json", Servers),
            new ConfigLocation("{project}/.junie/mcp/mcp.json", Servers)
        ),
        new(
            "gemini",
            "Gemini CLI",
            new ConfigLocation("{home}/.gemini/settings.json", Servers) { Shape = HttpAddress },
            new ConfigLocation("{project}/.gemini/settings.json", Servers) { Shape = HttpAddress }
        ),
        new(
            "antigravity",
            "Antigravity",
            new ConfigLocation("{home}/.gemini/antigravity/mcp_config.json", Servers) { Shape = ServerAddress }
        ),
        new(
            "codex",
            "Codex CLI",
            new ConfigLocation("{codex}/config.toml", "mcp_servers") { Format = ConfigFormat.Toml, Shape = Codex },
            new ConfigLocation("{project}/.codex/config.toml", "mcp_servers") { Format = ConfigFormat.Toml, Shape = Codex }
        ),
        new("goose", "Goose", new ConfigLocation("{goose}/config.yaml", "extensions") { Format = ConfigFormat.Yaml, Shape = Goose }),
        new(
            "amazon-q",
            "Amazon Q Developer",
            new ConfigLocation("{home}/.aws/amazonq/mcp.json", Servers),
            new ConfigLocation("{home}/.aws/amazonq/agents/*.json", Servers),
            new ConfigLocation("{home}/.aws/amazonq/cli-agents/*.json", Servers),
            new ConfigLocation("{project}/.amazonq/mcp.json", Servers)
        ),
        new(
            "kiro",
            "Kiro",
            new ConfigLocation("{home}/.kiro/settings/mcp.json", Servers),
            new ConfigLocation("{project}/.kiro/settings/mcp.json", Servers)
        ),
        new("lm-studio", "LM Studio", new ConfigLocation("{home}/.lmstudio/mcp.json", Servers)),
        new(
            "opencode",
            "opencode",
            new ConfigLocation("{opencode}/opencode/opencode.jsonc", "mcp") { Shape = OpenCode },
            new ConfigLocation("{opencode}/opencode/opencode.json", "mcp") { Shape = OpenCode },
            new ConfigLocation("{project}/opencode.jsonc", "mcp") { Shape = OpenCode },
            new ConfigLocation("{project}/opencode.json", "mcp") { Shape = OpenCode }
        ),
        new("copilot", "GitHub Copilot CLI", new ConfigLocation("{home}/.copilot/mcp-config.json", Servers) { Shape = Copilot }),
        new("amp", "Amp", new ConfigLocation("{dotconfig}/amp/settings.json", "amp.mcpServers")),
        new("kimi", "Kimi CLI", new ConfigLocation("{home}/.kimi/mcp.json", Servers) { Shape = Transport }),
        new(
            "vibe",
            "Mistral Vibe",
            new ConfigLocation("{home}/.vibe/config.toml", "mcp_servers") { Format = ConfigFormat.Toml, Shape = Transport }
        ),
        new(
            "factory",
            "Factory Droid",
            new ConfigLocation("{home}/.factory/mcp.json", Servers),
            new ConfigLocation("{project}/.factory/mcp.json", Servers)
        ),
    ];
}
