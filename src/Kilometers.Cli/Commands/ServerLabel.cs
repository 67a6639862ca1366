namespace Kilometers.Cli.Commands;

/// <summary>What to call a server that was given no name: its package or script, not the tool that starts it.</summary>
internal static class ServerLabel
{
    /// <summary>Tools that run a package, and the words before the package's name.</summary>
    private static readonly (string Tool, string[] Words)[] PackageRunners =
    [
        ("npx", []),
        ("bunx", []),
        ("uvx", []),
        ("dnx", []),
        ("env", []),
        ("pipx", ["run"]),
        ("npm", ["exec"]),
        ("npm", ["x"]),
        ("pnpm", ["dlx"]),
        ("pnpm", ["exec"]),
        ("yarn", ["dlx"]),
        ("bun", ["x"]),
        ("bun", ["run"]),
        ("deno", ["run"]),
        ("uv", ["tool", "run"]),
        ("uv", ["run"]),
        ("poetry", ["run"]),
        ("docker", ["run"]),
        ("podman", ["run"]),
        ("nerdctl", ["run"]),
        ("go", ["run"]),
        ("mcp", ["run"]),
        ("fastmcp", ["run"]),
        ("cmd", ["/c"]),
    ];

    private static readonly string[] Interpreters =
    [
        "node",
        "python",
        "py",
        "ruby",
        "perl",
        "php",
        "bash",
        "sh",
        "zsh",
        "deno",
        "bun",
        "tsx",
        "ts-node",
        "java",
        "dotnet",
        "pwsh",
    ];

    /// <summary>Options of interpreters and package runners that take the next word as their value.</summary>
    private static readonly HashSet<string> WithValue =
    [
        "--package",
        "-p",
        "--from",
        "--with",
        "--python",
        "--directory",
        "--project",
        "--index-url",
        "--cache",
        "--prefix",
        "--registry",
        "-r",
        "--require",
        "--import",
        "--loader",
        "-W",
        "-X",
        "-cp",
        "-classpath",
    ];

    /// <summary>The same for containers.</summary>
    private static readonly HashSet<string> WithValueInContainers =
    [
        "-e",
        "--env",
        "--env-file",
        "-v",
        "--volume",
        "--mount",
        "--name",
        "--network",
        "--net",
        "-w",
        "--workdir",
        "-u",
        "--user",
        "--entrypoint",
        "-l",
        "--label",
        "--platform",
        "--memory",
        "-m",
        "--cpus",
        "--add-host",
        "-p",
        "--publish",
        "--runtime",
        "--gpus",
        "--hostname",
        "-h",
        "--pull",
        "--security-opt",
        "--cap-add",
        "--cap-drop",
        "--tmpfs",
        "--ulimit",
    ];

    /// <summary>File names that say nothing: the folder's is better.</summary>
    private static readonly HashSet<string> Plain = new(StringComparer.OrdinalIgnoreCase)
    {
        "index",
        "main",
        "server",
        "app",
        "cli",
        "start",
        "run",
        "__main__",
    };

    private static readonly HashSet<string> BuildFolders = new(StringComparer.OrdinalIgnoreCase)
    {
        "dist",
        "build",
        "out",
        "src",
        "lib",
        "bin",
        "target",
        "release",
        "debug",
    };

    /// <param name="server">The server's command and its arguments, at least the command; or its address.</param>
    public static string For(IReadOnlyList<string> server) =>
        HostOf(server[0]) ?? (Find([.. server]) is { Length: > 0 } label ? label : server[0]);

    /// <summary>What <c>https://mcp.example.com/mcp</c> leads to is <c>mcp.example.com</c>.</summary>
    private static string? HostOf(string server) =>
        server.StartsWith("http", StringComparison.Ordinal)
        && Uri.TryCreate(server, UriKind.Absolute, out var address)
        && address is { Scheme: "http" or "https" }
            ? address.Authority
            : null;

    private static string Find(string[] words)
    {
        var tool = ProgramName(words[0]);
        foreach (var (runner, before) in PackageRunners.Where(entry => entry.Tool == tool).OrderByDescending(entry => entry.Words.Length))
        {
            if (!words.AsSpan(1).StartsWith(before))
                continue;
            var isContainer = tool is "docker" or "podman" or "nerdctl";
            var rest = SkipOptions(words[(1 + before.Length)..], isContainer ? WithValueInContainers : WithValue, tool == "env");
            if (rest.Length == 0)
                return tool;

            // "uv run python -m x", "env A=1 node x.js": another tool.
            if (IsTool(ProgramName(rest[0])) && rest.Length > 1)
                return Find(rest);
            if (isContainer)
                return Image(rest[0]);
            return Path.GetExtension(rest[0]) is ".py" or ".ts" or ".js" ? Script(rest[0]) : Package(rest[0]);
        }

        if (!Interpreters.Contains(tool))
            return tool;
        var at = Array.FindIndex(words, word => word is "-m" or "-jar");
        if (at > 0 && at + 1 < words.Length)
            return words[at] == "-m" ? words[at + 1] : Script(words[at + 1]);
        if (words.Skip(1).Any(word => word is "-c" or "-e"))
            return tool;
        return SkipOptions(words[1..], WithValue, false) is [var script, ..] ? Script(script) : tool;
    }

    /// <summary>Whether it is a program that runs servers: they are called by what it runs.</summary>
    public static bool IsTool(string name) => Interpreters.Contains(name) || PackageRunners.Any(entry => entry.Tool == name);

    private static string[] SkipOptions(string[] words, HashSet<string> withValue, bool hasAssignments)
    {
        var at = 0;
        while (at < words.Length && (words[at].StartsWith('-') || (hasAssignments && words[at].Contains('=', StringComparison.Ordinal))))
            at += withValue.Contains(words[at]) ? 2 : 1;
        return at < words.Length ? words[at..] : [];
    }

    /// <summary><c>@scope/server-files@1.2.3</c> is <c>server-files</c>; so is <c>server-files==1.2.3</c>.</summary>
    private static string Package(string name)
    {
        var last = name[(name.LastIndexOf('/') + 1)..];
        var end = last.Length > 1 ? last.IndexOfAny(['@', '=', '<', '>', '~', '['], 1) : -1;
        return end > 0 ? last[..end] : last;
    }

    /// <summary><c>ghcr.io/me/files:latest</c> is <c>files</c>.</summary>
    private static string Image(string name)
    {
        var last = name[(name.LastIndexOf('/') + 1)..];
        var end = last.IndexOfAny([':', '@']);
        return end > 0 ? last[..end] : last;
    }

    private static string Script(string path)
    {
        var parts = path.Split('/', '\\');
        var name = Path.GetFileNameWithoutExtension(parts[^1]);
        if (!Plain.Contains(name))
            return name;
        return parts[..^1].LastOrDefault(part => part.Length > 0 && part is not ("." or "..") && !BuildFolders.Contains(part)) ?? name;
    }

    private static string ProgramName(string path)
    {
        path = path.TrimEnd('/', '\\');
        var name = path[(path.LastIndexOfAny(['/', '\\']) + 1)..];
        foreach (var end in new[] { ".exe", ".cmd", ".bat" })
            if (name.EndsWith(end, StringComparison.OrdinalIgnoreCase))
                name = name[..^end.Length];
        return name.StartsWith("python", StringComparison.Ordinal) && name.AsSpan(6).TrimStart("0123456789.").IsEmpty ? "python" : name;
    }
}
