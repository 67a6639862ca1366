using System.IO.Enumeration;

namespace Kilometers.Clients.Catalog;

/// <summary>The system whose places are meant.</summary>
internal enum MachineKind
{
    Unknown,
    Linux,

    /// <summary>Places as documented; not tried.</summary>
    Mac,

    /// <summary>Places as documented; not tried.</summary>
    Windows,
}

/// <summary>Where the folders are that clients keep their configurations in.</summary>
internal sealed record ClientMachine
{
    /// <summary>Folders: the variable that names it, and where it is otherwise on Linux, macOS and Windows.</summary>
    private static readonly Dictionary<string, (string? Variable, string Linux, string Mac, string Windows)> Folders = new()
    {
        ["home"] = (null, "~", "~", "~"),
        ["config"] = ("XDG_CONFIG_HOME", "~/.config", "~/Library/Application Support", "%APPDATA%"),
        ["dotconfig"] = ("XDG_CONFIG_HOME", "~/.config", "~/.config", "%APPDATA%"),
        ["opencode"] = ("XDG_CONFIG_HOME", "~/.config", "~/.config", "~/.config"),
        ["goose"] = ("XDG_CONFIG_HOME", "~/.config/goose", "~/.config/goose", "%APPDATA%/Block/goose/config"),
        ["claude"] = ("CLAUDE_CONFIG_DIR", "~", "~", "~"),
        ["codex"] = ("CODEX_HOME", "~/.codex", "~/.codex", "~/.codex"),
        ["managed"] = (null, "/etc/claude-code", "/Library/Application Support/ClaudeCode", "%ProgramFiles%/ClaudeCode"),
    };

    public required MachineKind Kind { get; init; }

    /// <summary>The user's home directory.</summary>
    public required string Home { get; init; }

    /// <summary>The folder of the project; null: there is none.</summary>
    public required string? Project { get; init; }

    /// <summary>The environment.</summary>
    public required Func<string, string?> Variable { get; init; }

    /// <summary>What stands before the system's own places.</summary>
    public string SystemRoot { get; init; } = "";

    /// <summary>The files that a place leads to and that are there, by name.</summary>
    public IReadOnlyList<string> Find(ConfigLocation location) => Resolve(location.File) is { } path ? [.. Expand(path).Order()] : [];

    /// <summary>A path on this machine; null where its folder is not known.</summary>
    public string? Resolve(string template)
    {
        var end = template.IndexOf('}', StringComparison.Ordinal);
        var name = template[1..end];
        var folder = name == "project" ? Project : FolderOf(name);
        return folder is null ? null : folder + template[(end + 1)..];
    }

    private string? FolderOf(string name)
    {
        var (variable, linux, mac, windows) = Folders[name];

        // XDG folders are Linux's; other clients' own variables count everywhere.
        if (variable is not null && (Kind == MachineKind.Linux || !variable.StartsWith("XDG_", StringComparison.Ordinal)))
        {
            if (Variable(variable) is { Length: > 0 } given && Path.IsPathFullyQualified(given))
                return name == "goose" ? given + "/goose" : given;
        }

        var path = Kind switch
        {
            MachineKind.Mac => mac,
            MachineKind.Windows => windows,
            _ => linux,
        };
        if (path.StartsWith('~'))
            return Home + path[1..];
        if (!path.StartsWith('%'))
            return SystemRoot + path;
        var close = path.IndexOf('%', 1);
        return Variable(path[1..close]) is { Length: > 0 } set ? set + path[(close + 1)..] : null;
    }

    private static IEnumerable<string> Expand(string path)
    {
        var star = path.IndexOf('*', StringComparison.Ordinal);
        if (star < 0)
            return File.Exists(path) ? [path] : [];
        var start = path.LastIndexOf('/', star);
        var end = path.IndexOf('/', star);
        var (folder, pattern, rest) = (path[..start], path[(start + 1)..(end < 0 ? path.Length : end)], end < 0 ? "" : path[end..]);
        try
        {
            return
            [
                .. new FileSystemEnumerable<string>(folder, static (ref FileSystemEntry entry) => entry.ToFullPath())
                {
                    ShouldIncludePredicate = (ref FileSystemEntry entry) => FileSystemName.MatchesSimpleExpression(pattern, entry.FileName),
                }.SelectMany(found => Expand(found + rest)),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
