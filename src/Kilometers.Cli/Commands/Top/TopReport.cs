using System.Text.Json.Serialization;

namespace Kilometers.Cli.Commands.Top;

/// <summary>All running sessions at one moment; what <c>km top --json</c> prints. Members are added, never changed.</summary>
internal sealed record TopReport
{
    public required DateTimeOffset At { get; init; }

    /// <summary>Over how many seconds rates and latencies are counted.</summary>
    public required double WindowSeconds { get; init; }

    /// <summary>Whether there are recordings: without, there are no calls.</summary>
    public required bool IsRecording { get; init; }

    public required IReadOnlyList<TopSession> Sessions { get; init; }

    /// <summary>The tools that took longest, of all running sessions.</summary>
    public required IReadOnlyList<TopTool> Tools { get; init; }

    /// <summary>Calls without an answer, the oldest first.</summary>
    public required IReadOnlyList<TopPending> Pending { get; init; }

    public int Version { get; init; } = 1;
}

/// <summary>One running session.</summary>
internal sealed record TopSession
{
    public required string Id { get; init; }

    public required string Key { get; init; }

    public required int Pid { get; init; }

    public required string Server { get; init; }

    public string? Client { get; init; }

    public DateTimeOffset? Started { get; init; }

    /// <summary>Why the session does not answer; null: it does.</summary>
    public string? Problem { get; init; }

    /// <summary>Since the session began; null: it is not recorded.</summary>
    public long? Calls { get; init; }

    public long? Errors { get; init; }

    public double? CallsPerSecond { get; init; }

    public double? BytesInPerSecond { get; init; }

    public double? BytesOutPerSecond { get; init; }

    public int? Pending { get; init; }

    public double? OldestPendingSeconds { get; init; }

    public double? P50Ms { get; init; }

    public double? P95Ms { get; init; }

    public int? RecentErrors { get; init; }

    /// <summary>Of one core; null before the second look.</summary>
    public double? CpuPercent { get; init; }

    public long? MemoryBytes { get; init; }

    public int? Processes { get; init; }

    public required IReadOnlyList<TopPlugin> Plugins { get; init; }
}

/// <summary>A plugin of a session.</summary>
internal sealed record TopPlugin(string Name, string State, long Dropped);

/// <summary>A tool, or a method where it is none, of one server.</summary>
internal sealed record TopTool(
    string Server,
    string Direction,
    string Tool,
    int Calls,
    int Errors,
    double P50Ms,
    double P95Ms,
    double MaxMs,
    long SlowestCall
);

/// <summary>A call without an answer.</summary>
internal sealed record TopPending(long Call, string Session, string Server, string Direction, string Title, double Seconds);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(TopReport))]
internal sealed partial class TopJson : JsonSerializerContext;
