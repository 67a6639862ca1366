using Kilometers.Clients.Syntax;

namespace Kilometers.Clients.Catalog;

/// <summary>The clients that km knows, as data. docs/clients.md shows the same table for people; a test compares the two.</summary>
internal static class KnownClients
{
    private const string Servers = "mcpServers";

    private static readonly EntryShape OnOff = new() { Off = ("enabled", "false") };

    private static readonly EntryShape Goose = OnOff with { Command = "cmd" };

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
            new ConfigLocation("{home}/.codeium/windsurf/mcp_config.json", Servers),
            new ConfigLocation("{home}/.codeium/mcp_config.json", Servers)
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
            new ConfigLocation("{home}/.continue/config.yaml", Servers) { Format = ConfigFormat.Yaml },
            new ConfigLocation("{project}/.continue/mcpServers/*.yaml", Servers) { Format = ConfigFormat.Yaml }
        ),
        new(
            "cline",
            "Cline",
            new ConfigLocation("{config}/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json", Servers)
        ),
        new(
            "roo",
            "Roo Code",
            new ConfigLocation("{config}/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json", Servers),
            new ConfigLocation("{project}/.roo/mcp.json", Servers)
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
            new ConfigLocation("{home}/.gemini/settings.json", Servers),
            new ConfigLocation("{project}/.gemini/settings.json", Servers)
        ),
        new("antigravity", "Antigravity", new ConfigLocation("{home}/.gemini/antigravity/mcp_config.json", Servers)),
        new(
            "codex",
            "Codex CLI",
            new ConfigLocation("{codex}/config.toml", "mcp_servers") { Format = ConfigFormat.Toml, Shape = OnOff },
            new ConfigLocation("{project}/.codex/config.toml", "mcp_servers") { Format = ConfigFormat.Toml, Shape = OnOff }
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
            new ConfigLocation("{opencode}/opencode/opencode.jsonc", "mcp") { Shape = OnOff },
            new ConfigLocation("{opencode}/opencode/opencode.json", "mcp") { Shape = OnOff },
            new ConfigLocation("{project}/opencode.jsonc", "mcp") { Shape = OnOff },
            new ConfigLocation("{project}/opencode.json", "mcp") { Shape = OnOff }
        ),
        new("copilot", "GitHub Copilot CLI", new ConfigLocation("{home}/.copilot/mcp-config.json", Servers)),
        new("amp", "Amp", new ConfigLocation("{dotconfig}/amp/settings.json", "amp.mcpServers")),
        new("kimi", "Kimi CLI", new ConfigLocation("{home}/.kimi/mcp.json", Servers)),
        new("vibe", "Mistral Vibe", new ConfigLocation("{home}/.vibe/config.toml", "mcp_servers") { Format = ConfigFormat.Toml }),
        new(
            "factory",
            "Factory Droid",
            new ConfigLocation("{home}/.factory/mcp.json", Servers),
            new ConfigLocation("{project}/.factory/mcp.json", Servers)
        ),
    ];
}
