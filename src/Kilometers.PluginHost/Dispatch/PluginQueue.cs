using Kilometers.Monitoring.Observation;
using Kilometers.PluginHost.Spilling;

namespace Kilometers.PluginHost.Dispatch;

/// <summary>
/// What waits for one plugin: items not yet sent, and items sent but not acknowledged, which its next process gets again if this one ends.
/// Bounded by weight; the newest is dropped when it is full, counted, and reported to the plugin by <c>delivery.dropped</c> at the place
/// where the dropped items would have been. Where delivery is guaranteed, what does not fit goes into an <see cref="Overflow"/> instead.
/// </summary>
internal sealed partial class PluginQueue
{
    private readonly long _limit;
    private readonly Lock _gate = new();
    private readonly DeliveryLatency _latency;

    /// <summary>Their weight counts until they are acknowledged: keeping the items themselves takes no room that was not counted before.</summary>
    private Queue<ObservedItem> _sent = new();
    private Queue<ObservedItem> _waiting = new();
    private long _weight;
    private long _waitingWeight;
    private long _sentWeight;
    private ulong _lastSent;
    private ulong _lastAcknowledged;
    private readonly DroppedItems _dropped = new();
    private readonly Suspects _suspects = new();
    private volatile bool _completed;
    private bool _held;
    private volatile bool _abandoned;
    private volatile bool _withoutPayload;
    private volatile InterestFilter _interest = InterestFilter.Everything;
    private readonly QueueWaiter _taker;
    private readonly QueueWaiter _watcher;
    private Overflow? _overflow;
    private volatile bool _isSpilling;

    /// <param name="limit">The largest weight, in bytes.</param>
    /// <param name="time">The clock by which acknowledgements are measured; the system's if null.</param>
    public PluginQueue(long limit, TimeProvider? time = null)
    {
        _limit = limit;
        _taker = new QueueWaiter(_gate);
        _watcher = new QueueWaiter(_gate);
        _latency = new DeliveryLatency(time ?? TimeProvider.System);
    }

    /// <summary>Called with the sequence of each acknowledgement, after it has taken effect; on the delivery's thread. For measuring.</summary>
    public Action<ulong>? Acknowledged { get; init; }

    /// <summary>Items acknowledged.</summary>
    public long Delivered { get; private set; }

    /// <summary>Items dropped, for whatever reason.</summary>
    public long Dropped => _dropped.Count;

    /// <summary>How many for which reason.</summary>
    public IReadOnlyDictionary<string, long> Drops
    {
        get
        {
            lock (_gate)
                return _dropped.Reasons;
        }
    }

    /// <summary>Items that the plugin's end kept from it: waiting, unacknowledged, or observed later.</summary>
    public long Undelivered { get; private set; }

    private bool HasOverflow => _overflow is { IsActive: true };

    /// <summary>What is kept in memory; the overflow's row has the rest of the same limit.</summary>
    private long MemoryLimit => _isSpilling ? _limit - RowLimit : _limit;

    private long RowLimit => _limit / 2;

    /// <summary>Whether everything was acknowledged that is here: what overflowed is nothing that the plugin could acknowledge yet.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_gate)
                return _waiting.Count == 0 && _sent.Count == 0;
        }
    }

    /// <summary>Whether everything was acknowledged that was sent.</summary>
    public bool OwesNothing
    {
        get
        {
            lock (_gate)
                return _sent.Count == 0;
        }
    }

    /// <summary>Whether the next that is to be acknowledged is an item that the last process may have died of.</summary>
    public bool HasSuspects
    {
        get
        {
            lock (_gate)
                return (_sent.TryPeek(out var next) || _waiting.TryPeek(out next)) && _suspects.Includes(next);
        }
    }

    /// <summary>Whether the process that is fed has got and acknowledged all that it is to get.</summary>
    public bool IsDone
    {
        get
        {
            lock (_gate)
                return _sent.Count == 0 && (_held || (_completed && _waiting.Count == 0 && !HasOverflow));
        }
    }

    /// <summary>How much of a message is worth making: a plugin that is gone misses it, and its payload only until then.</summary>
    public WantedPart Wants(in MessageTraits message) =>
        _completed || !_interest.Wants(message) ? WantedPart.Nothing
        : _withoutPayload || _abandoned ? WantedPart.Metadata
        : WantedPart.Payload;

    public void Add(ObservedItem item)
    {
        TaskCompletionSource? wake;
        if (_isSpilling && !_abandoned)
            _overflow!.WaitForRoom(item.Weight);
        lock (_gate)
        {
            if (_completed || !_interest.Wants(item))
                return;
            if (_abandoned)
            {
                Undelivered++;
                return;
            }

            if (!Fits(item))
            {
                Drop(item);
                return;
            }

            CloseGap();
            Append(item);
            wake = _taker.Take();
        }

        wake?.TrySetResult();
    }

    /// <summary>What the plugin does not want is neither sent nor counted, from now on and backwards.</summary>
    /// <param name="interest">What it wants.</param>
    /// <param name="withoutPayload">Whether it wants no payloads.</param>
    public void SetInterest(InterestFilter interest, bool withoutPayload)
    {
        _withoutPayload = withoutPayload;
        lock (_gate)
        {
            _interest = interest;
            var kept = _waiting.Where(interest.Wants).ToList();
            _waiting.Clear();
            _weight -= _waitingWeight;
            _waitingWeight = 0;
            foreach (var item in kept)
                Enqueue(item);
            if (HasOverflow)
                _overflow!.Wake();
        }
    }

    /// <summary>Waits until there is something to send and the plugin has room for it.</summary>
    /// <param name="window">How much weight may be sent but unacknowledged.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False when all was sent that this process is to get: the queue is completed, or held.</returns>
    public async Task<bool> WaitAsync(long window, CancellationToken cancellationToken)
    {
        await _taker
            .UntilAsync(() => MaySend(window) || (_completed && _waiting.Count == 0 && !HasOverflow) || _held, cancellationToken)
            .ConfigureAwait(false);
        lock (_gate)
            return _waiting.Count > 0 && !_held;
    }

    /// <summary>Waits until something was sent that is not acknowledged.</summary>
    public Task WaitUntilOwingAsync(CancellationToken cancellationToken) => _watcher.UntilAsync(() => _sent.Count > 0, cancellationToken);

    /// <summary>Waits until a whole batch is waiting, or nothing more will come.</summary>
    public Task WaitForBatchAsync(int items, long weight, CancellationToken cancellationToken) =>
        _taker.UntilAsync(() => _waiting.Count >= items || _waitingWeight >= weight || _completed || _held, cancellationToken);

    /// <summary>Moves items from waiting to sent.</summary>
    /// <param name="into">Gets them, in order; at least one if there is any.</param>
    /// <param name="most">The most items.</param>
    /// <param name="maxWeight">The most weight, unless the first alone is heavier.</param>
    public void Take(List<ObservedItem> into, int most, long maxWeight)
    {
        TaskCompletionSource? wake;
        lock (_gate)
        {
            var taken = 0L;
            if (_waiting.TryPeek(out var head) && _suspects.Includes(head))
                most = 1;
            while (into.Count < most && _waiting.TryPeek(out var item) && (into.Count == 0 || taken + item.Weight <= maxWeight))
            {
                _waiting.Dequeue();
                into.Add(item);
                taken += item.Weight;
                _sent.Enqueue(item);
                _lastSent = item.Sequence;
            }

            _waitingWeight -= taken;
            _sentWeight += taken;
            if (taken > 0)
                _latency.Sent(_lastSent);
            wake = _watcher.Take();
        }

        wake?.TrySetResult();
    }

    /// <summary>The plugin has handled every item up to this one.</summary>
    /// <returns>False if it was never sent: the plugin breaks the contract.</returns>
    public bool Acknowledge(ulong sequence)
    {
        TaskCompletionSource? wake;
        lock (_gate)
        {
            if (sequence > _lastSent)
                return false;
            while (_sent.TryPeek(out var first) && first.Sequence <= sequence)
            {
                _sent.Dequeue();
                _sentWeight -= first.Weight;
                _weight -= first.Weight;
                Delivered++;
            }

            _lastAcknowledged = Math.Max(_lastAcknowledged, sequence);
            _latency.Acknowledged(sequence);
            if (HasOverflow)
                _overflow!.Wake();
            wake = _taker.Take();
        }

        wake?.TrySetResult();
        Acknowledged?.Invoke(sequence);
        return true;
    }

    /// <summary>Nothing more will be added.</summary>
    public void Complete()
    {
        TaskCompletionSource? wake;
        lock (_gate)
        {
            CloseGap();
            _completed = true;
            wake = _taker.Take();
        }

        wake?.TrySetResult();
    }

    /// <summary>The process that is fed gets nothing more; what is observed is kept for the next.</summary>
    public void Hold()
    {
        TaskCompletionSource? wake;
        lock (_gate)
        {
            _held = true;
            wake = _taker.Take();
        }

        wake?.TrySetResult();
    }

    /// <summary>The process that was fed is gone, and nobody acknowledges in its place: what it did not acknowledge goes to the next, first.</summary>
    /// <param name="died">Whether it failed, perhaps because of what it had not acknowledged.</param>
    /// <returns>The item that it failed at for the second time, and that no other process gets; null if there is none.</returns>
    public ObservedItem? Rewind(bool died = false)
    {
        lock (_gate)
        {
            var cause = died ? _suspects.Died(_sent) : null;
            if (cause is not null)
                SetAside(cause);
            foreach (var item in _waiting)
                _sent.Enqueue(item);
            _waiting.Clear();
            (_waiting, _sent) = (_sent, _waiting);
            _waitingWeight = _weight;
            _sentWeight = 0;
            _lastSent = _lastAcknowledged;
            _latency.Forget();
            _held = false;
            return cause;
        }
    }

    /// <summary>If the process dies now, that may be due to another session: nothing of this one is set aside for it.</summary>
    public void Doubt()
    {
        lock (_gate)
            _suspects.Doubt();
    }

    /// <summary>The plugin is gone: what it did not acknowledge is let go, and counted, as is what is observed from now on.</summary>
    public void Abandon()
    {
        lock (_gate)
        {
            Undelivered += _waiting.Count + _sent.Count + (_overflow?.Count ?? 0);
            _abandoned = true;
            Clear();
        }
    }

    /// <summary>Nobody will take from it, and nobody is missed: nothing is kept or counted from now on.</summary>
    public void Dismiss()
    {
        lock (_gate)
        {
            _completed = _abandoned = true;
            Clear();
        }
    }

    /// <summary>A plugin that was given up, or ended on purpose, gets what is observed from now on.</summary>
    public void Reopen()
    {
        lock (_gate)
        {
            _completed = _abandoned = _held = false;
            (_interest, _withoutPayload) = (InterestFilter.Everything, false);
        }
    }

    /// <summary>Behind a suspect nothing is sent before that is acknowledged.</summary>
    private bool MaySend(long window) =>
        _waiting.Count > 0 && (!_sent.TryPeek(out var first) || (!_suspects.Includes(first) && _sentWeight < window));

    /// <summary>The only item that was sent leaves a gap in its place.</summary>
    private void SetAside(ObservedItem item)
    {
        var gap = DeliveryGap.Of(item, DropReason.SetAside).ToEvent(item.Sequence, item.SessionTime);
        _dropped.AddCount(DropReason.SetAside, 1);
        _sent.Clear();
        _sent.Enqueue(gap);
        _weight += gap.Weight - item.Weight;
    }

    private bool Fits(ObservedItem item) =>
        (!HasOverflow && _weight + item.Weight <= MemoryLimit) || (_isSpilling && _overflow!.HasRoom(item.Weight));

    private void Drop(ObservedItem item)
    {
        var reason =
            _isSpilling ? DropReason.DiskFull
            : item.Weight > _limit ? DropReason.TooLarge
            : DropReason.QueueFull;
        _dropped.Add(item, reason);
    }

    /// <summary>Behind everything that is here.</summary>
    private void Append(ObservedItem item)
    {
        if (_overflow is not null && (HasOverflow || (_isSpilling && _weight + item.Weight > MemoryLimit)))
            _overflow.Add(item);
        else
            Enqueue(item);
    }

    private void Clear()
    {
        _overflow?.Clear();
        _waiting.Clear();
        _sent.Clear();
        _weight = _waitingWeight = _sentWeight = 0;
        _dropped.ForgetGap();
        _lastSent = _lastAcknowledged;
        _latency.Forget();
        _suspects.Forget();
    }

    private void Enqueue(ObservedItem item)
    {
        _waiting.Enqueue(item);
        _weight += item.Weight;
        _waitingWeight += item.Weight;
    }

    private void CloseGap()
    {
        if (!_abandoned && !_completed && _dropped.TakeGap() is { } gap)
            Append(gap);
    }
}
