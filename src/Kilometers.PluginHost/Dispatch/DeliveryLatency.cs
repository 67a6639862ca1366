using Kilometers.Monitoring.Correlation;

namespace Kilometers.PluginHost.Dispatch;

/// <summary>
/// How long a plugin takes from the sending of a batch to its acknowledgement. Bounded, and without allocations. Not thread-safe; its queue
/// guards it.
/// </summary>
internal sealed class DeliveryLatency(TimeProvider time)
{
    /// <summary>The max number of measured batches in flight; one that is sent while there are that many is not measured.</summary>
    private const int MaxUnderWay = 256;

    private readonly Queue<(ulong Last, long Sent)> _underWay = new();
    private readonly LatencyHistogram _durations = new();
    private long? _acknowledged;

    /// <summary>A batch goes out.</summary>
    /// <param name="last">The sequence of its last item.</param>
    public void Sent(ulong last)
    {
        if (_underWay.Count < MaxUnderWay)
            _underWay.Enqueue((last, time.GetTimestamp()));
    }

    /// <summary>Everything up to this item is acknowledged.</summary>
    public void Acknowledged(ulong sequence)
    {
        _acknowledged = time.GetTimestamp();
        while (_underWay.TryPeek(out var batch) && batch.Last <= sequence)
            _durations.Add(time.GetElapsedTime(_underWay.Dequeue().Sent));
    }

    /// <summary>Whether anything was acknowledged in a time that ends now.</summary>
    public bool HasAcknowledgedWithin(TimeSpan duration) => _acknowledged is { } last && time.GetElapsedTime(last) < duration;

    /// <summary>What is under way will not be acknowledged.</summary>
    public void Forget() => _underWay.Clear();

    /// <param name="share">0 to 1.</param>
    /// <returns>Milliseconds; null before the first acknowledgement.</returns>
    public double? Quantile(double share) => _durations.Count == 0 ? null : _durations.Quantile(share).TotalMilliseconds;
}
