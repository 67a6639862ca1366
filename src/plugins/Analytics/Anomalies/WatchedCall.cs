namespace Kilometers.Plugins.Analytics.Anomalies;

/// <summary>A call of a tool that has its last answer, or that the client no longer waits for.</summary>
/// <param name="Tool">The tool.</param>
/// <param name="Start">When it began.</param>
/// <param name="End">When it ended.</param>
/// <param name="Latency">How long it took; null: not known, or there was no answer.</param>
/// <param name="Size">Bytes of the answer; 0: there was none.</param>
/// <param name="HasFailed">Whether it failed.</param>
/// <param name="Sequence">The position in the session of its request; 0: not known.</param>
internal readonly record struct WatchedCall(
    string Tool,
    DateTimeOffset Start,
    DateTimeOffset End,
    TimeSpan? Latency,
    long Size,
    bool HasFailed,
    long Sequence
)
{
    /// <summary>Below a tenth of a millisecond, differences are those of the machine.</summary>
    private const double MinSeconds = 1e-4;

    public double? LogLatency => Latency is { } latency ? Math.Log(Math.Max(MinSeconds, latency.TotalSeconds)) : null;

    public double? LogSize => Size > 0 ? Math.Log(Size) : null;
}
