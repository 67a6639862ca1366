namespace Kilometers.Cli.Commands;

/// <summary>What people type from habit, as the command that does it. Not listed in the help: each command has one name there.</summary>
internal static class CommandAliases
{
    private static readonly (string[] Typed, string[] Meant)[] Table =
    [
        (["login"], ["auth", "login"]),
        (["signin"], ["auth", "login"]),
        (["sign-in"], ["auth", "login"]),
        (["logout"], ["auth", "logout"]),
        (["signout"], ["auth", "logout"]),
        (["sign-out"], ["auth", "logout"]),
        (["whoami"], ["auth", "status"]),
        (["log"], ["logs"]),
        (["session"], ["sessions"]),
        (["sessions", "ls"], ["sessions", "list"]),
        (["sessions", "rm"], ["sessions", "delete"]),
        (["statistics"], ["stats"]),
        (["status"], ["plugins", "status"]),
        (["list"], ["plugins", "list"]),
        (["ls"], ["plugins", "list"]),
        (["install"], ["plugins", "install"]),
        (["upgrade"], ["update"]),
        (["plugin"], ["plugins"]),
        (["plugins", "ls"], ["plugins", "list"]),
        (["plugins", "info"], ["plugins", "status"]),
        (["plugins", "show"], ["plugins", "status"]),
        (["plugins", "add"], ["plugins", "install"]),
        (["plugins", "rm"], ["plugins", "remove"]),
        (["plugins", "delete"], ["plugins", "remove"]),
        (["plugins", "uninstall"], ["plugins", "remove"]),
        (["plugins", "upgrade"], ["plugins", "refresh"]),
        (["plugins", "update"], ["plugins", "refresh"]),
        (["config", "list"], ["config", "show"]),
        (["config", "ls"], ["config", "show"]),
        (["config", "unset"], ["config", "set"]),
        (["config", "reset"], ["config", "set"]),
        (["trust", "ls"], ["trust", "list"]),
        (["trust", "rm"], ["trust", "remove"]),
        (["trust", "delete"], ["trust", "remove"]),
        (["policy", "list"], ["policy", "show"]),
        (["policy", "ls"], ["policy", "show"]),
        (["audit", "list"], ["audit", "show"]),
        (["audit", "log"], ["audit", "show"]),
        (["audit", "ls"], ["audit", "show"]),
        (["guard", "ls"], ["guard", "list"]),
        (["-v"], ["version"]),
        (["-V"], ["version"]),
    ];

    /// <summary>Our own arguments with the names that the command line knows.</summary>
    public static string[] Resolve(string[] arguments)
    {
        foreach (var (typed, meant) in Table)
        {
            if (!arguments.AsSpan().StartsWith(typed))
                continue;
            string[] resolved = [.. meant, .. arguments[typed.Length..]];

            // "plugin" is only another spelling: what follows may be a habit too.
            return meant.Length == 1 ? Resolve(resolved) : resolved;
        }

        return arguments;
    }
}
