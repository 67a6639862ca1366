namespace Kilometers.PluginHost.Lifecycle;

/// <summary>
/// Processor time within the last half minute. The sum counts, not single looks: neither an idle moment nor an irregular look hides what was
/// used.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class ProcessorWindow(TimeProvider time)
{
    /// <summary>How much of the past counts.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromSeconds(30);

    /// <summary>Samples closer than this replace each other: frequent looks must not make the list long.</summary>
    private static readonly TimeSpan Spacing = TimeSpan.FromSeconds(1);

    /// <summary>The oldest one is at the window's beginning, or in it.</summary>
    private readonly List<(long At, double Total)> _samples = [];
    private double _total;
    private double _last;
    private bool _isSettled;

    /// <summary>Adds a sample.</summary>
    /// <param name="seconds">What a process has used altogether. It may fall when a child ends; that does not take anything back.</param>
    /// <param name="isSettled">Whether its start is over: what came before the first sample that says so is forgotten.</param>
    /// <returns>What was used within the window.</returns>
    public double Add(double seconds, bool isSettled)
    {
        if (isSettled && !_isSettled)
        {
            (_isSettled, _last) = (true, seconds);
            _samples.Clear();
        }

        _total += Math.Max(0, seconds - _last);
        _last = seconds;
        var now = time.GetTimestamp();
        if (_samples.Count < 2 || time.GetElapsedTime(_samples[^2].At, now) >= Spacing)
            _samples.Add((now, _total));
        else
            _samples[^1] = (now, _total);
        while (_samples.Count > 1 && time.GetElapsedTime(_samples[1].At, now) >= Length)
            _samples.RemoveAt(0);
        var (at, total) = _samples[0];
        var span = time.GetElapsedTime(at, now);

        // The oldest sample may lie before the window: what was used until the next one counts in proportion.
        if (span <= Length || _samples.Count == 1)
            return _total - total;
        var (nextAt, nextTotal) = _samples[1];
        var outside = (span - Length) / time.GetElapsedTime(at, nextAt);
        return _total - total - ((nextTotal - total) * outside);
    }
}
