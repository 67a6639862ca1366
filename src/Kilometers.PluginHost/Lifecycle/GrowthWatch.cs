namespace Kilometers.PluginHost.Lifecycle;

/// <summary>How soon the fastest of several amounts would reach its limit, if they grew as they did between the last two looks.</summary>
/// <param name="time">The clock.</param>
internal sealed class GrowthWatch(TimeProvider time)
{
    private List<double> _last = [];
    private List<double> _now = [];
    private long _lastAt;

    /// <summary>Longer than any pause where nothing grows.</summary>
    public TimeSpan UntilLimit { get; private set; } = TimeSpan.MaxValue;

    /// <summary>A look begins.</summary>
    public void Begin() => _now.Clear();

    /// <summary>Adds an amount; always in the same order.</summary>
    public void Add(double amount, double limit) => _now.Add(amount / limit);

    /// <summary>The look is over.</summary>
    public void End()
    {
        var at = time.GetTimestamp();
        var seconds = time.GetElapsedTime(_lastAt, at).TotalSeconds;
        var least = double.MaxValue;
        for (var i = 0; i < Math.Min(_now.Count, _last.Count); i++)
        {
            var rate = (_now[i] - _last[i]) / seconds;
            if (rate > 0)
                least = Math.Min(least, Math.Max(0, 1 - _now[i]) / rate);
        }

        UntilLimit = least < TimeSpan.MaxValue.TotalSeconds / 2 ? TimeSpan.FromSeconds(least) : TimeSpan.MaxValue;
        (_last, _now, _lastAt) = (_now, _last, at);
    }
}
