using Kilometers.Recordings.Reading;
using Kilometers.Recordings.Storage;

namespace Kilometers.Ui.Recorded;

/// <summary>Notices that something was recorded, and that a session began or ended. Looks only while a page waits for it.</summary>
internal sealed class ChangeWatch(ReaderPool files, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ReopenInterval = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private RecordingReader? _reader;
    private long _opened;
    private long _seen;
    private long _changes;
    private int _waiting;
    private TaskCompletionSource<long> _next = Completion();

    /// <summary>How many changes there were.</summary>
    public long Changes => Volatile.Read(ref _changes);

    /// <summary>How many pages are open.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>A page opens; disposing of the result closes it.</summary>
    public IDisposable Enter()
    {
        Interlocked.Increment(ref _waiting);
        return new Visit(this);
    }

    /// <summary>Completes with the next change after one, at once if it is past.</summary>
    public Task<long> NextAsync(long after)
    {
        lock (_gate)
            return _changes > after ? Task.FromResult(_changes) : _next.Task;
    }

    /// <summary>Something changed.</summary>
    public void Report()
    {
        TaskCompletionSource<long> next;
        lock (_gate)
        {
            _changes++;
            (next, _next) = (_next, Completion());
        }

        next.SetResult(_changes);
    }

    /// <summary>Looks until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            if (Waiting > 0 && HasChanged())
                Report();
    }

    public void Dispose() => _reader?.Dispose();

    private bool HasChanged()
    {
        try
        {
            // The file may be another one by now. A change is reported without looking: ages on pages grow, too.
            if (_reader is null || time.GetElapsedTime(_opened) > ReopenInterval)
            {
                _reader?.Dispose();
                _reader = null;
                _reader = files.Open();
                _opened = time.GetTimestamp();
                _seen = _reader.Version;
                return true;
            }

            var version = _reader.Version;
            if (version == _seen)
                return false;
            _seen = version;
            return true;
        }
        catch (RecordingException)
        {
            _reader?.Dispose();
            _reader = null;
            return false;
        }
    }

    private static TaskCompletionSource<long> Completion() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Visit(ChangeWatch watch) : IDisposable
    {
        private int _isOver;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isOver, 1) == 0)
                Interlocked.Decrement(ref watch._waiting);
        }
    }
}
