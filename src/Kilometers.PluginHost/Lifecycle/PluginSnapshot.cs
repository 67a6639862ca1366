using Kilometers.Contracts;
using Kilometers.PluginHost.Dispatch;
using Kilometers.PluginHost.Egress;
using Kilometers.PluginHost.Launch;

namespace Kilometers.PluginHost.Lifecycle;

/// <summary>One step in a plugin's life.</summary>
/// <param name="Time">When.</param>
/// <param name="State">The state that it came to.</param>
/// <param name="Code">Why, where that was an error; null else.</param>
internal sealed record PluginStateChange(DateTimeOffset Time, PluginState State, string? Code);

/// <summary>One plugin of a running session, as it is at one moment: what is shown of it.</summary>
internal sealed record PluginSnapshot
{
    /// <summary>Its name once it has said it; its file's name before.</summary>
    public required string Name { get; init; }

    /// <summary>SemVer; null until it was Active once.</summary>
    public required string? Version { get; init; }

    /// <summary>The tier that it requires; null until it was Active once.</summary>
    public required Tier? Tier { get; init; }

    public required PluginState State { get; init; }

    /// <summary>Whether it is in <see cref="PluginState.Error"/> because it may not run, and has not failed.</summary>
    public bool IsRefused { get; init; }

    /// <summary>Whether the user has switched it off.</summary>
    public required bool IsDisabled { get; init; }

    /// <summary>Its process; null if it has none now.</summary>
    public required int? ProcessId { get; init; }

    /// <summary>When its process was started; null if it has none now.</summary>
    public required DateTimeOffset? Started { get; init; }

    /// <summary>What keeps it apart; null if it has no process now.</summary>
    public IsolationReport? Isolation { get; init; }

    /// <summary>How often it was started again in this session.</summary>
    public required int Restarts { get; init; }

    /// <summary>The last 16 changes of its state, the newest last.</summary>
    public required IReadOnlyList<PluginStateChange> History { get; init; }

    /// <summary>The last thing that went wrong, also where it runs again; null if nothing did.</summary>
    public required KmError? LastError { get; init; }

    /// <summary>When it will be started again; null if it will not, by itself.</summary>
    public required DateTimeOffset? NextRestart { get; init; }

    public required QueueFigures Queue { get; init; }

    /// <summary>Items whose handler failed in it.</summary>
    public required long Failed { get; init; }

    /// <summary>Messages that its wire did not take because of their size.</summary>
    public required long TooLarge { get; init; }

    /// <summary>What it did on the network, in all its processes.</summary>
    public required NetworkUse Network { get; init; }
}
