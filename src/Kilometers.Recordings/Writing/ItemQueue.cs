namespace Kilometers.Recordings.Writing;

/// <summary>
/// Items that wait to be written, bounded by their size in memory. A full queue makes the caller wait, so that nothing is lost without a count.
/// </summary>
internal sealed class ItemQueue
{
    /// <summary>Bytes that may wait.</summary>
    public const long MaxWeight = 32 << 20;

    private readonly object _gate = new();
    private List<(SessionRecording Session, RecordedItem Item)> _items = [];
    private TaskCompletionSource _room = New();
    private long _weight;
    private bool _isClosed;

    /// <summary>Adds an item; waits while there is no room.</summary>
    public async ValueTask AddAsync(SessionRecording session, RecordedItem item, CancellationToken cancellationToken)
    {
        while (TryAdd(session, item) is { } room)
            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Nothing is added any more; the writer takes what waits at once.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            _room.TrySetResult();
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Takes all that waits; blocks until there is something, and then until its time has come.</summary>
    /// <param name="spent">The list that was taken before, to be filled next; it is cleared.</param>
    /// <param name="pause">How long items may gather, from now on.</param>
    /// <returns>Null after the last.</returns>
    public List<(SessionRecording Session, RecordedItem Item)>? Take(
        List<(SessionRecording Session, RecordedItem Item)> spent,
        TimeSpan pause
    )
    {
        spent.Clear();
        lock (_gate)
        {
            var due = Environment.TickCount64 + (long)pause.TotalMilliseconds;
            while (!IsDue && due - Environment.TickCount64 is > 0 and var left)
                Monitor.Wait(_gate, (int)left);
            while (_items.Count == 0 && !_isClosed)
                Monitor.Wait(_gate);
            if (_items.Count == 0 && _isClosed)
                return null;
            (var taken, _items) = (_items, spent);
            _weight = 0;
            _room.TrySetResult();
            _room = New();
            return taken;
        }
    }

    private bool IsDue => _isClosed || _weight > MaxWeight / 2;

    /// <returns>What to wait for; null: it was added, or nothing is taken any more.</returns>
    private Task? TryAdd(SessionRecording session, RecordedItem item)
    {
        lock (_gate)
        {
            if (_isClosed)
                return null;
            if (_weight > MaxWeight)
                return _room.Task;
            _items.Add((session, item));
            _weight += item.Weight;
            if (_items.Count == 1 || IsDue)
                Monitor.PulseAll(_gate);
            return null;
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
