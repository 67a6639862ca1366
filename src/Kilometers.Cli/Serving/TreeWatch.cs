using Kilometers.PluginHost.Lifecycle;
using Kilometers.Processes.Guarding;

namespace Kilometers.Cli.Serving;

/// <summary>
/// Looks from time to time at what runs below a relay, so that all of it can be ended if the relay dies without a word. The looks at all
/// sessions at rest, and those at plugins, share one wake-up of the processor.
/// </summary>
internal sealed class TreeWatch : IDisposable
{
    /// <summary>How often the processes of a session are looked at in which something happened a short while ago.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    /// <summary>The same for one in which nothing happens.</summary>
    private static readonly TimeSpan RestInterval = ResourceSampler.Interval * 2;

    /// <summary>How long it counts as a short while ago.</summary>
    private static readonly TimeSpan RestAfter = TimeSpan.FromSeconds(3);

    private readonly object _gate = new();
    private readonly TreeGuard _tree;
    private readonly TimeProvider _time = LookClock.Shared;
    private readonly ITimer _timer;
    private long _active;
    private volatile bool _isAtRest;
    private bool _isDisposed;

    /// <param name="relay">The relay's process.</param>
    public TreeWatch(int relay)
    {
        _tree = new TreeGuard(relay);
        _active = _time.GetTimestamp();
        _timer = _time.CreateTimer(static watch => ((TreeWatch)watch!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc cref="TreeGuard.Protect"/>
    public void Protect(int id, ulong started)
    {
        lock (_gate)
            _tree.Protect(id, started);
        NoteActivity();
    }

    /// <summary>Something happens in the session: what it starts now is to be seen soon. On any thread; costs next to nothing where it goes on.</summary>
    public void NoteActivity()
    {
        Volatile.Write(ref _active, _time.GetTimestamp());
        Interlocked.MemoryBarrier();
        if (!_isAtRest)
            return;
        lock (_gate)
        {
            if (_isAtRest)
                Plan();
        }
    }

    /// <summary>Ends all of it.</summary>
    public void EndAll()
    {
        lock (_gate)
            _tree.EndAll();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _timer.Dispose();
        }
    }

    private void Look()
    {
        lock (_gate)
        {
            try
            {
                if (_tree.Look())
                    _active = _time.GetTimestamp();
            }
            catch (Exception e)
            {
                // What cannot be seen of one session must not end the looks at all others.
                HostLog.Write(e);
            }

            Plan();
        }
    }

    private void Plan()
    {
        // Whoever notes activity sees this, or is seen here.
        _isAtRest = true;
        Interlocked.MemoryBarrier();
        _isAtRest = _time.GetElapsedTime(Volatile.Read(ref _active)) >= RestAfter;
        if (!_isDisposed)
            _timer.Change(_isAtRest ? LookClock.UntilShared(_time, RestInterval) : Interval, Timeout.InfiniteTimeSpan);
    }
}
