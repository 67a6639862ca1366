using Kilometers.Contracts;

namespace Kilometers.PluginHost.Control;

/// <summary>One plugin of a running session as it is now. What is null is not known there.</summary>
internal sealed record PluginReport
{
    /// <summary>The state of a plugin that may not run, and so has not failed.</summary>
    public const string Refused = "Refused";

    public required string Name { get; init; }

    public string? Version { get; init; }

    public string? Tier { get; init; }

    /// <summary>A state of <see cref="Lifecycle.PluginState"/>, <c>Disabled</c>, or <see cref="Refused"/>.</summary>
    public required string State { get; init; }

    /// <summary>Its process; null where none runs.</summary>
    public int? Pid { get; init; }

    /// <summary>When that process was started.</summary>
    public DateTimeOffset? Started { get; init; }

    public int Restarts { get; init; }

    /// <summary>When it will be started again.</summary>
    public DateTimeOffset? NextRestart { get; init; }

    /// <summary>What it went through, the latest last; not more than the session keeps.</summary>
    public required IReadOnlyList<StateChange> History { get; init; }

    /// <summary>The last thing that went wrong with it, also where it has recovered since.</summary>
    public KmError? LastError { get; init; }

    public required QueueReport Queue { get; init; }

    /// <summary>How long its handler takes; null while it has handled nothing.</summary>
    public HandlerTimes? Handler { get; init; }

    /// <summary>What its processes use; null where none runs, or the system does not say.</summary>
    public ResourceUse? Resources { get; init; }

    /// <summary>What it did on the network, in this session; null while it has done nothing there.</summary>
    public NetworkReport? Network { get; init; }

    /// <summary>The layers that keep it apart, as far as they were reached: <c>L0</c> and so on.</summary>
    public IReadOnlyList<string> Isolation { get; init; } = [];

    /// <summary>The layers that are not there, each with the reason: <c>L2: no control groups of version 2</c>.</summary>
    public IReadOnlyList<string> MissingIsolation { get; init; } = [];

    /// <summary>How far its limits hold: enforced, or advisory; null where a km does not say.</summary>
    public string? Limits { get; init; }

    /// <summary>How its entitlement stands: as the session's, or <c>not needed</c>.</summary>
    public required string Entitlement { get; init; }
}

/// <summary>One step in a plugin's life.</summary>
internal sealed record StateChange
{
    public required DateTimeOffset At { get; init; }

    public required string State { get; init; }

    /// <summary>The code of the error that led there.</summary>
    public string? Code { get; init; }
}

/// <summary>What waits for a plugin, and what became of the rest.</summary>
internal sealed record QueueReport
{
    /// <summary>Items that wait or are not acknowledged.</summary>
    public required long Items { get; init; }

    public required long Bytes { get; init; }

    /// <summary>Items dropped because it was full.</summary>
    public required long Dropped { get; init; }

    /// <summary>Items acknowledged.</summary>
    public required long Delivered { get; init; }

    /// <summary>The same per second, over the last seconds; null before the second look.</summary>
    public double? DeliveredPerSecond { get; init; }
}

/// <summary>Milliseconds from sending a message to its acknowledgement.</summary>
internal sealed record HandlerTimes
{
    public required double P50 { get; init; }

    public required double P99 { get; init; }
}

/// <summary>What a plugin did on the network: km makes its connections.</summary>
internal sealed record NetworkReport
{
    /// <summary>Connections that were made.</summary>
    public required long Connections { get; init; }

    /// <summary>Those that are open now.</summary>
    public required int Open { get; init; }

    /// <summary>Connections that it may not have.</summary>
    public required long Refused { get; init; }

    /// <summary>Connections that could not be made.</summary>
    public required long Failed { get; init; }

    public required long BytesSent { get; init; }

    public required long BytesReceived { get; init; }
}

/// <summary>What a plugin takes from the machine.</summary>
internal sealed record ResourceUse
{
    /// <summary>Processor time over the last seconds, 100 for one core; null before the second look.</summary>
    public double? CpuPercent { get; init; }

    /// <summary>All processor time, seconds.</summary>
    public double? CpuSeconds { get; init; }

    /// <summary>Resident memory.</summary>
    public long? MemoryBytes { get; init; }

    public int? OpenFiles { get; init; }

    public int? Threads { get; init; }
}
