using Kilometers.Contracts;
using Kilometers.PluginHost.Control;

namespace Kilometers.Cli.Commands.Plugins;

/// <summary>What <c>km plugins status --json</c> prints. Members are added, never changed, within a <see cref="Version"/>.</summary>
internal sealed record StatusReport
{
    public int Version { get; init; } = 1;

    /// <summary>When it was looked at.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>What is installed, after all gates; null where only sessions were asked for.</summary>
    public IReadOnlyList<PluginStatus>? Installed { get; init; }

    public required IReadOnlyList<SessionListing> Sessions { get; init; }
}

/// <summary>One running session, also one that does not answer.</summary>
internal sealed record SessionListing
{
    /// <summary>The process of its km.</summary>
    public required int Pid { get; init; }

    public required string Session { get; init; }

    /// <summary>Whether it said how it stands; else only <see cref="Pid"/>, <see cref="Session"/> and <see cref="Error"/> are known.</summary>
    public required bool Answers { get; init; }

    public KmError? Error { get; init; }

    /// <summary>The server's label.</summary>
    public string? Server { get; init; }

    public DateTimeOffset? Started { get; init; }

    public string? KmVersion { get; init; }

    public EntitlementReport? Entitlement { get; init; }

    public EntitlementDecisions? Decisions { get; init; }

    public IReadOnlyList<PluginReport>? Plugins { get; init; }

    /// <summary>Shows the plugins of one name only where a name is given.</summary>
    public static SessionListing From(SessionAnswer answer, string? name)
    {
        var report = answer.Report;
        return new SessionListing
        {
            Pid = answer.Address.Pid,
            Session = answer.Address.Session,
            Answers = report is not null,
            Error = answer.Error,
            Server = report?.Server,
            Started = report?.Started,
            KmVersion = report?.KmVersion,
            Entitlement = report?.Entitlement,
            Decisions = report?.Decisions,
            Plugins = report is null ? null : [.. report.Plugins.Where(plugin => name is null || plugin.Name == name)],
        };
    }
}
