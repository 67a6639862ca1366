namespace Kilometers.PluginHost.Control;

/// <summary>How fast a total grows, over the last seconds. Not thread-safe.</summary>
/// <param name="window">How far back it looks.</param>
/// <param name="time">The clock.</param>
internal sealed class RateWindow(TimeSpan window, TimeProvider time)
{
    /// <summary>Two looks closer than this say nothing about a rate.</summary>
    private static readonly TimeSpan MinInterval = TimeSpan.FromMilliseconds(200);

    private readonly Queue<(long At, double Total)> _samples = new();
    private double _last;

    /// <summary>Keeps a total. If the total fell, it is another's (a new process's, for example): the window starts again.</summary>
    public void Keep(double total)
    {
        if (total < _last)
            _samples.Clear();
        _last = total;
        while (_samples.Count > 1 && time.GetElapsedTime(_samples.Peek().At) > window)
            _samples.Dequeue();
        _samples.Enqueue((time.GetTimestamp(), total));
    }

    /// <returns>Per second, since the oldest total that is kept; null where there is none to compare with.</returns>
    public double? Rate(double total)
    {
        if (!_samples.TryPeek(out var oldest) || total < _last || time.GetElapsedTime(oldest.At) is var elapsed && elapsed < MinInterval)
            return null;
        return (total - oldest.Total) / elapsed.TotalSeconds;
    }
}
