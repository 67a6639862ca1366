namespace Kilometers.Plugins.ApiLogger.Sending;

/// <summary>What was recorded since the sender looked last: wakes it at the first event and at a full batch, not at each.</summary>
internal sealed class Backlog(BatchLimits limits)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _any = New();
    private TaskCompletionSource _full = New();
    private int _events;
    private long _bytes;

    /// <summary>Ends with the first event since the last <see cref="Reset"/>.</summary>
    public Task Any
    {
        get
        {
            lock (_gate)
                return _any.Task;
        }
    }

    /// <summary>Ends when a batch is full.</summary>
    public Task Full
    {
        get
        {
            lock (_gate)
                return _full.Task;
        }
    }

    public void Add(int bytes)
    {
        lock (_gate)
        {
            _bytes += bytes;
            if (++_events == 1)
                _any.SetResult();
            if (_events >= limits.Events || _bytes >= limits.Bytes)
                _full.TrySetResult();
        }
    }

    public void Reset()
    {
        lock (_gate)
        {
            if (_events == 0)
                return;
            (_events, _bytes, _any, _full) = (0, 0, New(), New());
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
