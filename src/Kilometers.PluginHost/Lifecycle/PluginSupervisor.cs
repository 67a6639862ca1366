using Kilometers.Contracts;
using Kilometers.Monitoring.Observation;
using Kilometers.PluginHost.Launch;

namespace Kilometers.PluginHost.Lifecycle;

/// <summary>
/// Keeps one plugin running, from one start to its end: a process that fails is followed by another, after a wait, until there were too many
/// failures. What it was sent and did not acknowledge goes to the next process first. A refusal is not a failure, and is not retried.
/// </summary>
internal sealed class PluginSupervisor : IAsyncDisposable
{
    private readonly PluginContext _context;
    private readonly Func<PluginStart> _start;
    private readonly Func<KmError?> _admit;
    private readonly Action<LoadedPlugin, int> _becameActive;
    private readonly RestartPolicy _policy;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _kill = new();
    private readonly CancellationTokenSource _noMoreWaiting = new();
    private readonly TaskCompletionSource<KmError?> _decided = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private PluginRun? _run;
    private long _maxWait = long.MaxValue;
    private long _nextRestart;

    /// <param name="context">The plugin.</param>
    /// <param name="start">What a start needs, as it is then.</param>
    /// <param name="admit">The gates before another start; why it must not be, or null.</param>
    /// <param name="becameActive">Called when it is, with the number of restarts before.</param>
    public PluginSupervisor(PluginContext context, Func<PluginStart> start, Func<KmError?> admit, Action<LoadedPlugin, int> becameActive)
    {
        _context = context;
        _start = start;
        _admit = admit;
        _becameActive = becameActive;
        _policy = new RestartPolicy(context.Options.Restart, context.Time, Random.Shared.NextDouble);
    }

    /// <summary>Completes when the plugin is Active, with null, or is not for the first time, with the reason. It may still become so.</summary>
    public Task<KmError?> Decided => _decided.Task;

    /// <summary>Completes when the plugin has failed permanently or has stopped; never faults.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>The process of now.</summary>
    public PluginRun? Run => Volatile.Read(ref _run);

    public int Restarts { get; private set; }

    /// <summary>When it is started again; null if it runs, or has failed permanently.</summary>
    public DateTimeOffset? NextRestart
    {
        get => Interlocked.Read(ref _nextRestart) is > 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;
        private set => Interlocked.Exchange(ref _nextRestart, value?.UtcTicks ?? 0);
    }

    public long Failed { get; private set; }

    public long TooLarge { get; private set; }

    /// <summary>Begins in the background.</summary>
    /// <param name="after">What must be over before: the end of the plugin's last process.</param>
    public void Begin(Task after) => Completion = Task.Run(() => SuperviseAsync(after));

    /// <summary>It ends when its queue is done, or held.</summary>
    /// <param name="maxWait">It is started again only if that is no longer away than this.</param>
    public void Finish(TimeSpan maxWait)
    {
        Interlocked.Exchange(ref _maxWait, maxWait.Ticks);
        if (NextRestart is { } next && next - _context.Time.GetUtcNow() > maxWait)
            _noMoreWaiting.Cancel();
    }

    /// <summary>It gets nothing more, but time to shut down.</summary>
    public void Stop()
    {
        Interlocked.Exchange(ref _maxWait, 0);
        _noMoreWaiting.Cancel();
        _stop.Cancel();
    }

    /// <summary>It ends now.</summary>
    public void Kill()
    {
        Stop();
        _kill.Cancel();
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        await Completion.ConfigureAwait(false);
        _stop.Dispose();
        _kill.Dispose();
        _noMoreWaiting.Dispose();
    }

    private async Task SuperviseAsync(Task after)
    {
        try
        {
            await after.ConfigureAwait(false);
            while (await RunOnceAsync().ConfigureAwait(false) is { } wait)
            {
                if (!await WaitAsync(wait).ConfigureAwait(false) || !Restart())
                    break;
            }
        }
        catch (Exception e)
        {
            // A fault of our own must not end in silence, nor the session.
            FailPermanently(
                new KmError(
                    ErrorCode.Internal,
                    $"Plugin '{_context.Life.Label}' cannot be supervised",
                    e.ToString(),
                    "Please report this."
                ),
                isRefusal: false
            );
        }
        finally
        {
            NextRestart = null;
            _decided.TrySetResult(_context.Life.Error ?? LaunchErrors.SessionEnds(_context.Life.Label));
        }
    }

    /// <returns>How long to wait before the next process; null: there is none.</returns>
    private async Task<TimeSpan?> RunOnceAsync()
    {
        var run = new PluginRun(_context, _start(), _stop.Token, _kill.Token);
        await using var running = run.ConfigureAwait(false);
        Volatile.Write(ref _run, run);
        var end = await run.RunAsync(OnActive).ConfigureAwait(false);
        Failed += run.Failed;
        TooLarge += run.TooLarge;
        Volatile.Write(ref _run, null);
        if (_context.Queue.Rewind(died: end.MayRestart) is { } fatal)
            SetAside(fatal);
        if (end.Error is null)
            return null;
        if (!end.MayRestart)
        {
            FailPermanently(end.Error, isRefusal: true);
            return null;
        }

        var wait = _policy.Failed();
        if (wait is null)
        {
            var restart = _context.Options.Restart;
            _context.Presenter.Warn(end.Error);
            FailPermanently(LaunchErrors.GivenUp(_context.Life.Label, _policy.Failures, restart.Window, end.Error), isRefusal: false);
            return null;
        }

        if (IsTooLong(wait.Value))
        {
            // It is being ended in any case: who ends it decides what becomes of its queue.
            if (_context.Life.Move(PluginState.Error, end.Error))
                _context.Presenter.Warn(end.Error);
            return null;
        }

        NextRestart = _context.Time.GetUtcNow() + wait;
        if (_context.Life.Move(PluginState.Error, end.Error))
            _context.Presenter.Warn(
                end.Error with
                {
                    Hint = $"{end.Error.Hint} It is started again in {LaunchErrors.Seconds(wait.Value)}.".TrimStart(),
                }
            );
        _decided.TrySetResult(end.Error);
        return wait;
    }

    /// <summary>A message that ends its plugin's process each time would never let anything behind it through.</summary>
    private void SetAside(ObservedItem item)
    {
        var error = LaunchErrors.SetAside(_context.Life.Label, item);
        _context.Audit.SetAside(_context.Life.Label, error);
        _context.Presenter.Warn(error);
    }

    /// <returns>False if the waiting was ended.</returns>
    private async Task<bool> WaitAsync(TimeSpan wait)
    {
        if (IsTooLong(wait))
            return false;
        try
        {
            await Task.Delay(wait, _context.Time, _noMoreWaiting.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private bool IsTooLong(TimeSpan wait) => wait.Ticks > Interlocked.Read(ref _maxWait);

    private bool Restart()
    {
        Restarts++;
        NextRestart = null;
        var reason = _context.Life.Error;
        _context.Life.Move(PluginState.Discovered, reason: $"restart {Restarts} after {reason?.Code}");
        if (_admit() is not { } refusal)
            return true;
        FailPermanently(refusal, isRefusal: true);
        return false;
    }

    private void OnActive(LoadedPlugin loaded)
    {
        _policy.Active();
        _becameActive(loaded, Restarts);
        _decided.TrySetResult(null);
    }

    private void FailPermanently(KmError error, bool isRefusal)
    {
        if (_context.Life.Move(PluginState.Error, error, isRefusal))
            _context.Presenter.Warn(error);
        _context.Queue.Abandon();
        _context.FailedPermanently();
        _decided.TrySetResult(error);
    }
}
