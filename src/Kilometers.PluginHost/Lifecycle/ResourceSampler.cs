using System.Globalization;
using Kilometers.Contracts;
using Kilometers.Files;
using Kilometers.PluginHost.Launch;
using Kilometers.Processes.Measuring;

namespace Kilometers.PluginHost.Lifecycle;

/// <summary>
/// Looks at what a plugin's process uses, from its start on, and reports when it is more than it may use. It looks every few seconds, and
/// more often right after the start and while something grows so fast that it would reach its limit before the next look.
/// </summary>
/// <param name="label">Returns the plugin's name, which it may say later.</param>
/// <param name="limits">What it may use.</param>
/// <param name="folders">What is in them counts as its state.</param>
/// <param name="measure">What it uses now; null once it is gone, or where the system does not say.</param>
/// <param name="time">The clock.</param>
/// <param name="runTime">
/// How long it has run until now, all that may be its own: as long as that stays the same, what was measured is true. Null where that is not known.
/// </param>
internal sealed class ResourceSampler(
    Func<string> label,
    PluginLimits limits,
    IReadOnlyList<string> folders,
    Func<ProcessMeasure?> measure,
    TimeProvider time,
    Func<long?>? runTime = null
)
{
    /// <summary>The time between two looks while nothing grows.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    /// <summary>The time between two looks while something grows fast, and before the first.</summary>
    public static readonly TimeSpan MinInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// How long it may keep from being measured: a process that starts or ends cannot be read for a moment. What can be read of it counts
    /// meanwhile, and what cannot goes unseen no longer than between two looks.
    /// </summary>
    public static readonly TimeSpan UnreadableLimit = Interval;

    /// <summary>A look is followed by a pause that is this many times as long: looking takes max a fifth of a processor.</summary>
    private const int PausePerLook = 4;

    /// <summary>A look that takes longer is slow: it must not be in the way of looks at other plugins (<see cref="LookClock"/>).</summary>
    private static readonly TimeSpan QuickLook = TimeSpan.FromMilliseconds(20);

    /// <summary>So many looks in a row must have been quick.</summary>
    private const int MinQuickLooks = 10;

    /// <summary>So many looks may do without measuring: what somebody else puts into its folders counts as well.</summary>
    private const int MaxSpared = 9;

    private readonly ProcessorWindow _processor = new(time);
    private readonly GrowthWatch _growth = new(time);
    private long? _unreadableSince;
    private int _quickLooks;
    private (ProcessMeasure? Use, DirectoryUse State)? _measured;
    private long _ran;
    private int _spared;
    private volatile bool _isSettled;

    /// <summary>
    /// Its start is over: from the next look on its processor time counts against its own limit. A start may take as much as the default.
    /// </summary>
    public void Settle() => _isSettled = true;

    /// <summary>Watches until it is over a limit.</summary>
    /// <returns>Which, and by how much.</returns>
    /// <exception cref="OperationCanceledException">The watch was ended.</exception>
    public async Task<KmError> WatchAsync(CancellationToken cancellationToken)
    {
        var (pause, wait) = (MinInterval, MinInterval);
        while (true)
        {
            await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
            if (_quickLooks < MinQuickLooks)
                await Task.Yield();
            var start = time.GetTimestamp();
            if (Look() is { } breach)
                return breach;
            var took = time.GetElapsedTime(start);
            _quickLooks = took < QuickLook ? _quickLooks + 1 : 0;
            pause = Next(pause, took);
            wait = Together(pause, took);
        }
    }

    /// <summary>The pause before the next look.</summary>
    /// <param name="last">The one before the last look.</param>
    /// <param name="took">How long the last look took.</param>
    internal TimeSpan Next(TimeSpan last, TimeSpan took)
    {
        if (_unreadableSince is not null)
            return MinInterval;
        var next = Min(last * 2, _growth.UntilLimit / 2, Interval);
        return Min(Interval, Max(MinInterval, Max(took * PausePerLook, next)));
    }

    /// <summary>Where nothing grows: earlier than that, when the other plugins are looked at.</summary>
    /// <param name="pause">The pause before the next look.</param>
    /// <param name="took">How long the last look took.</param>
    internal TimeSpan Together(TimeSpan pause, TimeSpan took)
    {
        if (pause < Interval)
            return pause;
        var early = LookClock.UntilShared(time, Interval);
        return early >= Max(MinInterval, took * PausePerLook) ? early : pause;
    }

    internal KmError? Look()
    {
        var (now, state) = Measure();
        var disk = state.Bytes + (now?.DeletedBytes ?? 0);
        _growth.Begin();
        _growth.Add(disk, limits.StateBytes);
        if (disk > limits.StateBytes)
            return Breach(ErrorCode.StateLimit, "more of the disk than it may", Size(disk), Size(limits.StateBytes));
        if (now is not null && OverLimit(now) is { } breach)
            return breach;
        _growth.End();
        return Unmeasured(now?.Unreadable ?? state.Unreadable);
    }

    private (ProcessMeasure? Use, DirectoryUse State) Measure()
    {
        var ran = runTime?.Invoke();
        if (_measured is { } same && ran == _ran && _spared < MaxSpared)
        {
            _spared++;
            return same;
        }

        var now = (Use: measure(), State: DirectoryUse.Of(folders, limits.StateBytes));
        var isWhole = ran is not null && now.Use is { Unreadable: null } && now.State.Unreadable is null;
        (_measured, _ran, _spared) = (isWhole ? now : null, ran ?? 0, 0);
        return now;
    }

    private KmError? OverLimit(ProcessMeasure now)
    {
        _growth.Add(now.MemoryBytes, limits.MemoryBytes);
        _growth.Add(now.OpenFiles, limits.OpenFiles);
        _growth.Add(now.Threads, limits.Threads);
        if (now.MemoryBytes > limits.MemoryBytes)
            return Breach(ErrorCode.MemoryLimit, "more memory than it may", Size(now.MemoryBytes), Size(limits.MemoryBytes));
        if (now.OpenFiles > limits.OpenFiles)
            return Breach(ErrorCode.OpenFilesLimit, "more open files than it may", Text(now.OpenFiles), Text(limits.OpenFiles));
        if (now.Threads > limits.Threads)
            return Breach(ErrorCode.ThreadLimit, "more threads than it may", Text(now.Threads), Text(limits.Threads));
        var percent = _isSettled ? limits.CpuPercent : Math.Max(limits.CpuPercent, PluginLimits.StartCpuPercent);
        var used = _processor.Add(now.CpuSeconds, _isSettled);
        var allowed = ProcessorWindow.Length.TotalSeconds * percent / 100;
        return used <= allowed
            ? null
            : Breach(
                ErrorCode.ProcessorLimit,
                "more processor time than it may",
                Seconds(used),
                $"{Seconds(allowed)} within any {Seconds(ProcessorWindow.Length.TotalSeconds)} ({Text(percent)} %)"
            );
    }

    private KmError? Unmeasured(string? why)
    {
        if (why is null)
        {
            _unreadableSince = null;
            return null;
        }

        _unreadableSince ??= time.GetTimestamp();
        if (time.GetElapsedTime(_unreadableSince.Value) < UnreadableLimit)
            return null;
        return new(
            ErrorCode.PluginUnmeasured,
            $"km cannot measure what plugin '{label()}' uses, and stopped it",
            why,
            "A plugin must stay readable for the user who runs it. Report this to its author."
        );
    }

    private KmError Breach(string code, string what, string used, string limit) =>
        new(
            code,
            $"Plugin '{label()}' uses {what}, so km stopped it",
            $"{used}; the limit is {limit}",
            "A plugin's manifest says what it needs; report this to its author."
        );

    private static TimeSpan Min(params ReadOnlySpan<TimeSpan> times)
    {
        var least = times[0];
        foreach (var one in times)
            least = one < least ? one : least;
        return least;
    }

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Seconds(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.#} s");

    private static string Size(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes >> 20} MiB");
}
