namespace Kilometers.PluginHost.Lifecycle;

/// <summary>
/// The system's clock, with timers whose callbacks run on one thread of their own, one after the other: short ones only. A timer of the pool
/// wakes its timer thread, a worker or two, and the thread that watches the workers. This wakes one thread, once for all that is due together.
/// </summary>
public sealed class LookClock : TimeProvider
{
    /// <summary>What is due in so many milliseconds is due now: looks at one time are seldom at the same millisecond.</summary>
    private const int Together = 5;

    private readonly object _bell = new();
    private readonly List<LookTimer> _timers = [];
    private Thread? _thread;

    private LookClock() { }

    /// <summary>The one of this process.</summary>
    public static LookClock Shared { get; } = new();

    /// <summary>The time until a moment that all who look every so often have in common, so that one wake-up serves them all.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="interval">How often.</param>
    public static TimeSpan UntilShared(TimeProvider time, TimeSpan interval)
    {
        ArgumentNullException.ThrowIfNull(time);
        return interval - TimeSpan.FromTicks(time.GetElapsedTime(0).Ticks % interval.Ticks);
    }

    /// <summary>Period: none; a callback sets the next time itself.</summary>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(period, Timeout.InfiniteTimeSpan);
        var timer = new LookTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private void Set(LookTimer timer, TimeSpan dueTime)
    {
        lock (_bell)
        {
            _timers.Remove(timer);
            if (dueTime == Timeout.InfiniteTimeSpan)
                return;
            timer.Due = Environment.TickCount64 + (long)Math.Ceiling(dueTime.TotalMilliseconds);
            _timers.Add(timer);
            if (_thread is null)
            {
                // Kept once it runs: where no thread can be had now, the next timer tries again.
                var thread = new Thread(Run) { IsBackground = true, Name = "looks" };
                thread.Start();
                _thread = thread;
            }

            Monitor.PulseAll(_bell);
        }
    }

    private void Run()
    {
        while (true)
            Next().Fire();
    }

    private LookTimer Next()
    {
        lock (_bell)
        {
            while (true)
            {
                var first = _timers.MinBy(timer => timer.Due);
                var wait = first is null ? Timeout.Infinite : (int)Math.Min(int.MaxValue, first.Due - Environment.TickCount64);
                if (first is null || wait > Together)
                {
                    Monitor.Wait(_bell, wait);
                    continue;
                }

                _timers.Remove(first);
                return first;
            }
        }
    }

    private sealed class LookTimer(LookClock clock, TimerCallback callback, object? state) : ITimer
    {
        public long Due { get; set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            clock.Set(this, dueTime);
            return true;
        }

        public void Fire() => callback(state);

        public void Dispose() => clock.Set(this, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
