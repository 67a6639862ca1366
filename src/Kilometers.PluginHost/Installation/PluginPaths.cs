using Kilometers.Contracts;

namespace Kilometers.PluginHost.Installation;

/// <summary>Where things are: the user's, the system's, the project's.</summary>
internal sealed record PluginPaths
{
    /// <summary>The user's directory of km.</summary>
    public required string Home { get; init; }

    /// <summary>Why nothing may be read from the user's directory or written to it; null if it may be used.</summary>
    public KmError? HomeProblem { get; init; }

    /// <summary>Packages for all users; null on systems that have no such place.</summary>
    public required string? SystemPlugins { get; init; }

    /// <summary>Roots that an administrator trusts; null on systems that have no such place.</summary>
    public required string? SystemTrust { get; init; }

    /// <summary>What an administrator decided; null on systems that have no such place. Nobody but root must be able to change it.</summary>
    public required string? SystemPolicy { get; init; }

    /// <summary>Where the user is: <c>plugins</c> in it is the project's. Null where that folder is gone or cannot be named.</summary>
    public required string? Project { get; init; }

    /// <summary>Packages that came with km itself.</summary>
    public required string Bundled { get; init; }

    public string Plugins => Path.Combine(Home, "plugins");

    /// <summary>The package of a plugin that the user installed.</summary>
    public string PackageOf(string plugin) => Path.Combine(Plugins, plugin + ".kmpkg");

    public string? ProjectPlugins => Project is null ? null : Path.Combine(Project, "plugins");

    public string Registry => Path.Combine(Home, "registry.json");

    public string Trust => Path.Combine(Home, "trust.d");

    public string TrustedProjects => Path.Combine(Home, "trusted-projects.json");

    public string Revocations => Path.Combine(Home, "revocations.json");

    /// <summary>What the user set, <c>km config</c>.</summary>
    public string Settings => Path.Combine(Home, "config", "km.json");

    /// <summary>The user's own policy.</summary>
    public string Policy => Path.Combine(Home, "config", "policy.json");

    /// <summary>Who is signed in.</summary>
    public string Account => Path.Combine(Home, "config", "account.json");

    /// <summary>API keys and tokens, where the system has no better place.</summary>
    public string Credentials => Path.Combine(Home, "credentials");

    /// <summary>The list of sign-ins to servers over HTTP, and their locks.</summary>
    public string SignIns => Path.Combine(Home, "sign-ins");

    /// <summary>One file for each plugin that the user has disabled.</summary>
    public string Disabled => Path.Combine(Home, "config", "disabled");

    /// <summary>The entitlement, shared by all km of the user.</summary>
    public string Entitlement => Path.Combine(Home, "entitlement");

    /// <summary>Packages on their way from the API.</summary>
    public string Downloads => Path.Combine(Home, "downloads");

    /// <summary>Releases of km itself on their way.</summary>
    public string KmDownloads => Path.Combine(Downloads, "km");

    /// <summary>What waits for plugins whose delivery is guaranteed, encrypted and without names. Not in the run directory, which is often in memory.</summary>
    public string Spill => Path.Combine(Home, "spill");

    /// <summary>What plugins said, <c>km plugins logs</c>.</summary>
    public string Logs => Path.Combine(Home, "logs");

    public string Audit => Path.Combine(Home, "audit");

    /// <summary>What the witness of the audit log answered. Not in the log's own directory: a log that is replaced must not take them along.</summary>
    public string AuditReceipts => Path.Combine(Home, "audit-receipts.json");

    /// <summary>What plugins keep, see <see cref="StateFolders"/>.</summary>
    public string State => Path.Combine(Home, "state");

    /// <summary>One km at a time installs.</summary>
    public string InstallationLock => Path.Combine(Home, "install.lock");

    /// <summary>What km remembers of its changes in MCP clients' configurations.</summary>
    public string Wrap => Path.Combine(Home, "wrap");

    /// <summary>Every entry that km makes in its directory. What else is there is not km's.</summary>
    public IReadOnlyList<string> Entries =>
        [
            Plugins,
            Registry,
            Trust,
            TrustedProjects,
            Revocations,
            Path.GetDirectoryName(Settings)!,
            Credentials,
            SignIns,
            Entitlement,
            Entitlement + ".lock",
            Downloads,
            Spill,
            State,
            Logs,
            AuditReceipts,
            Audit,
            Wrap,
            Path.Combine(Home, "run"),
            InstallationLock,
        ];

    /// <summary>What a user sets for a plugin.</summary>
    public string SettingsOf(string plugin) => Path.Combine(Home, "config", "plugins", plugin + ".json");

    public static PluginPaths Default()
    {
        var home = KmHome.Find();
        return Default(home.Path) with { HomeProblem = home.Problem };
    }

    private static PluginPaths Default(string home) =>
        new()
        {
            Home = home,
            SystemPlugins = OperatingSystem.IsWindows() ? null : "/usr/local/share/km/plugins",
            SystemTrust = OperatingSystem.IsWindows() ? null : "/etc/km/trust.d",
            SystemPolicy = OperatingSystem.IsWindows() ? null : "/etc/km/policy.json",
            Project = CurrentFolder(),
            Bundled = Path.Combine(AppContext.BaseDirectory, "packages"),
        };

    private static string? CurrentFolder()
    {
        try
        {
            return Environment.CurrentDirectory;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It was deleted after the client went there, or a folder above it is closed to us.
            return null;
        }
    }
}
