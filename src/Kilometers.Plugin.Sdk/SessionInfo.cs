namespace Kilometers.Plugin.Sdk;

/// <summary>The session a plugin observes: one run of <c>km monitor</c>.</summary>
public sealed record SessionInfo
{
    /// <summary>Unique among all sessions. Under contract version 1, where the host does not say it, made by the SDK.</summary>
    public string Id { get; init; } = "";

    /// <summary>What the user calls the server (<c>--name</c>), else its command's name; empty if not known.</summary>
    public string ServerLabel { get; init; } = "";

    /// <summary>The server's command line, its secrets masked; empty if not known.</summary>
    public string Command { get; init; } = "";

    /// <summary>The version of km; empty if not known.</summary>
    public string HostVersion { get; init; } = "";

    /// <summary>When the session began, in UTC.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>
    /// Whether the administrator's policy has requests of this session held for this plugin: those that it names (<see cref="Intercepting.IInterceptor"/>).
    /// Whether the plugin may decide about them is a question of the entitlement, too, and can change.
    /// </summary>
    public bool HoldsRequests { get; init; }
}
