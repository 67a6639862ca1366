using Kilometers.Contracts.Packages;
using Kilometers.PluginHost.Authorization;
using Kilometers.PluginHost.Dispatch;
using Kilometers.PluginHost.Installation;
using Kilometers.PluginHost.Lifecycle;
using Kilometers.PluginHost.Policies;

namespace Kilometers.PluginHost;

/// <summary>What the plugins of one session get.</summary>
internal sealed record PluginHostingOptions
{
    /// <summary>SemVer of km.</summary>
    public required string HostVersion { get; init; }

    /// <summary>The server's label.</summary>
    public required string ServerLabel { get; init; }

    /// <summary>The server's command line without its secrets; made when the first plugin starts, because masking takes time. Null: not known.</summary>
    public Lazy<string>? ServerCommand { get; init; }

    /// <summary>Bytes that may wait for one plugin, at least 1.</summary>
    public required long QueueSize { get; init; }

    /// <summary>What the administrator and the user allow and require.</summary>
    public required PluginPolicy Policy { get; init; }

    /// <summary>Whether requests can be held, as policy says: not over HTTP.</summary>
    public bool CanHold { get; init; }

    /// <summary>Whether what plugins print is shown on a terminal that takes colours.</summary>
    public bool Color { get; init; }

    /// <summary>Unsigned executables under development, as the user gave them.</summary>
    public IReadOnlyList<string> DevPlugins { get; init; } = [];

    /// <summary>Folders that plugins under development may use besides their own: read, write, execute.</summary>
    public IReadOnlyList<string> DevelopmentAccess { get; init; } = [];

    /// <summary>This program in the mode in which it confines a plugin and becomes it (<c>SandboxCommand</c>); empty: there is none, and plugins are only processes of their own.</summary>
    public IReadOnlyList<string> Launcher { get; init; } = [];

    /// <summary>Where installed plugins are; null: none are looked for.</summary>
    public PluginPaths? Installed { get; init; }

    /// <summary>The user's entitlement, made when it is first needed; null: there is none, and only Free plugins run.</summary>
    public Func<EntitlementSource>? Entitlements { get; init; }

    /// <summary>
    /// What plugins that may connect to it reach even where its address is one of this machine or of a private network, each
    /// <c>host:port</c>: the administrator's decision. Grants nothing by itself.
    /// </summary>
    public IReadOnlyList<string> AllowPrivate { get; init; } = [];

    /// <summary>The root that km was published with, PEM; null: none.</summary>
    public string? BuiltInRoot { get; init; }

    /// <summary>How long a plugin may take from launch to its handshake. Loading is in the background: nobody waits for it.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a plugin may take to answer one call.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a plugin that owes acknowledgements is looked at, and asked for its health if it gave none since.</summary>
    public TimeSpan HealthInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long its answer may take; twice in a row without one, it is frozen. Generous: a starved machine is slow, too.</summary>
    public TimeSpan HealthTimeout { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>
    /// How long a plugin that answers its health checks may go without acknowledging anything that it was sent. Far above what a message
    /// can cost, database and network included: until then it is slow, and only its own queue suffers.
    /// </summary>
    public TimeSpan AcknowledgeTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>When a plugin that failed is started again.</summary>
    public RestartOptions Restart { get; init; } = new();

    /// <summary>The session as a plugin of a manifest gets to know it.</summary>
    public SessionFacts Introduce(SessionFacts facts, PluginManifest? manifest) =>
        facts with
        {
            HoldsRequests = CanHold && Policy.MayIntercept(manifest),
        };
}
