namespace Kilometers.PluginHost.Lifecycle;

/// <summary>When a plugin that failed is started again, and when no more.</summary>
internal sealed record RestartOptions
{
    /// <summary>The wait before the first restart: short, because most failures are single ones.</summary>
    public TimeSpan First { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The wait before the second; doubled for each further one.</summary>
    public TimeSpan Second { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>After this many failures within <see cref="Window"/> it is given up.</summary>
    public int MaxFailures { get; init; } = 5;

    /// <inheritdoc cref="MaxFailures"/>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A plugin that was Active for so long begins with <see cref="First"/> again.</summary>
    public TimeSpan StableAfter { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Waits differ by this share up and down, so that what failed together does not come back together.</summary>
    public double Jitter { get; init; } = 0.2;
}

/// <summary>Exponential back-off of one plugin, with jitter and an end. Not thread-safe.</summary>
/// <param name="options">The times.</param>
/// <param name="time">The clock.</param>
/// <param name="random">Gives 0 to 1, for the jitter.</param>
internal sealed class RestartPolicy(RestartOptions options, TimeProvider time, Func<double> random)
{
    private readonly Queue<long> _failures = new();
    private int _inARow;
    private long? _activeSince;

    /// <summary>How many failures there were within the window.</summary>
    public int Failures => _failures.Count;

    /// <summary>The plugin became Active.</summary>
    public void Active() => _activeSince = time.GetTimestamp();

    /// <summary>The plugin failed.</summary>
    /// <returns>How long to wait before it is started again; null: it is given up.</returns>
    public TimeSpan? Failed()
    {
        if (_activeSince is { } since && time.GetElapsedTime(since) >= options.StableAfter)
            _inARow = 0;
        _activeSince = null;
        while (_failures.TryPeek(out var oldest) && time.GetElapsedTime(oldest) >= options.Window)
            _failures.Dequeue();
        _failures.Enqueue(time.GetTimestamp());
        if (_failures.Count >= options.MaxFailures)
            return null;

        // 2^20 s are far above any longest wait; the exponent must not overflow before it is cut.
        var wait = _inARow == 0 ? options.First : options.Second * Math.Pow(2, Math.Min(_inARow - 1, 20));
        _inARow++;
        if (wait > options.MaxDelay)
            wait = options.MaxDelay;
        return wait * (1 - options.Jitter + (2 * options.Jitter * random()));
    }
}
