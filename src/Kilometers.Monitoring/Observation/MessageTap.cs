using Kilometers.Monitoring.Relay;
using Kilometers.Processes;

namespace Kilometers.Monitoring.Observation;

/// <summary>
/// Between the relay's threads and the observer's own: keeps chunks, bounded, and never makes the relay wait. What does not fit is
/// missed, counted, and told to the observer at its place; where delivery is guaranteed it goes to a <see cref="TapSpill"/> instead.
/// <para>
/// The relay shows a chunk after it was forwarded, so a fast answer may be shown before its question. The observer therefore takes
/// pieces in the order in which they were <i>read</i>: each pump notes, before it forwards, when it read what it has in hand.
/// </para>
/// <para>
/// While traffic flows the observer is not woken for each chunk: it looks every <see cref="Beat"/>. Waking a thread costs the relay
/// more than everything else here, and on a small machine the observer would take a core from the session. What there is then it takes in
/// short turns, with a pause after each: a scheduler lets whoever runs end his turn, whatever the priorities, and a call in passing has to
/// wait for that (bench/relay.sh: the slowest of a hundred calls). With <see cref="KeepPaceAbove"/> bytes waiting there are no calls in
/// passing but a burst, and it takes no pauses.
/// </para>
/// </summary>
public sealed class MessageTap : IByteObserver
{
    /// <summary>Bytes of one piece that are observed between two looks at the clock: what takes less than a turn.</summary>
    private const int Slice = 8 * 1024;

    /// <summary>The bytes that may wait before the observer works without pauses.</summary>
    private const long KeepPaceAbove = 4 << 20;

    private static readonly TimeSpan Beat = TimeSpan.FromMicroseconds(200);
    private static readonly TimeSpan Turn = TimeSpan.FromMicroseconds(50);
    private static readonly TimeSpan Pause = TimeSpan.FromMicroseconds(50);
    private static readonly TimeSpan GiveUpLimit = TimeSpan.FromMilliseconds(300);

    private readonly SessionObserver _observer;
    private readonly long _limit;
    private readonly TimeProvider _time;
    private readonly TapLanes _lanes;
    private readonly bool _spills;
    private readonly object _spilling = new();
    private readonly object _gate = new();
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _waitingBytes;
    private long _turnSince;
    private volatile bool _idle;
    private volatile bool _closing;
    private volatile bool _givenUp;

    /// <summary>Creates the tap; <see cref="Start"/> starts its thread.</summary>
    /// <param name="observer">Makes messages of the bytes, on the tap's thread.</param>
    /// <param name="limit">How many bytes may wait for it.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="createStore">Makes a store for what does not fit, one per stream, where delivery is guaranteed; else null.</param>
    public MessageTap(SessionObserver observer, long limit, TimeProvider timeProvider, Func<IBlockStore>? createStore = null)
    {
        _observer = observer;
        _limit = limit;
        _time = timeProvider;
        _lanes = new TapLanes(timeProvider);
        _spills = createStore is not null;
        if (createStore is null)
            return;
        foreach (var lane in _lanes.All)
            lane.Spill = new TapSpill(lane, limit / 8, change => Interlocked.Add(ref _waitingBytes, change), WakeSpilling, createStore);
    }

    /// <summary>Bytes that were not observed, the middles of messages too large to keep excepted.</summary>
    public long MissedBytes => _lanes.All.Sum(lane => lane.MissedBytes);

    /// <summary>Why something could not be kept outside of memory; null if it could.</summary>
    public Exception? StoreFailure => _lanes.All.Select(lane => lane.Spill?.Failure).FirstOrDefault(failure => failure is not null);

    /// <summary>Whether everything that was added has been observed, or told as missed.</summary>
    public bool IsCompleted => _completed.Task.IsCompleted;

    /// <summary>Bytes that the observer, which is not done, has neither observed nor told as missed; 0 once it is.</summary>
    public long UntoldBytes =>
        IsCompleted ? 0 : Math.Max(0, Waiting + MissedBytes - _observer.Statistics.Missed.Values.Sum(gap => gap.Bytes));

    /// <summary>What ended the observation before its time; null if nothing did.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Bytes, and a little for each piece, that wait for the observer.</summary>
    public long Waiting => Interlocked.Read(ref _waitingBytes);

    /// <summary>Whether there is nothing to observe; what was given up is not waited for.</summary>
    private bool IsEmpty => _lanes.IsEmpty(_givenUp);

    /// <summary>Starts the observer's thread.</summary>
    public void Start()
    {
        new Thread(Run) { IsBackground = true, Name = "observer" }.Start();

        // At the session's own priority: policy wants completeness more than the last of the speed.
        if (_spills)
            new Thread(Spill) { IsBackground = true, Name = "observer's disk" }.Start();
    }

    /// <inheritdoc/>
    public void OnRead(Channel channel, long timestamp) => Volatile.Write(ref _lanes[channel].InHand, timestamp);

    /// <inheritdoc/>
    public void OnBytes(Channel channel, Chunk chunk, int offset, int length, long timestamp)
    {
        // :: Step 3 — nothing is copied and nobody waits; the chunk is held until the observer has seen it.
        chunk.Retain();
        if (!Add(new Piece(channel, chunk, offset, length, timestamp)))
            chunk.Release();
    }

    /// <inheritdoc/>
    public void OnEnd(Channel channel, long timestamp) => Add(new Piece(channel, null, 0, 0, timestamp));

    /// <summary>Lets the observer finish with all that was added until now, and stops its thread.</summary>
    /// <param name="limit">When to give up on the rest, which then counts as missed.</param>
    public async Task CompleteAsync(TimeSpan limit)
    {
        _closing = true;
        Wake();
        try
        {
            await _completed.Task.WaitAsync(limit, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // It stops after the piece that it has in hand.
            _givenUp = true;
            await Task.WhenAny(_completed.Task, Task.Delay(GiveUpLimit, _time)).ConfigureAwait(false);
        }
    }

    private bool Add(in Piece piece)
    {
        var lane = _lanes[piece.Channel];
        var newline = lane.Pass(piece);

        // The end of a stream, which has no bytes, always fits. Of a message above the limit nothing but its ends is kept anyway.
        var isMiddle = newline < 0 && lane.LineLength - piece.Length > _observer.BufferSize;
        var fits = piece.Length == 0 || (!isMiddle && !_closing && Interlocked.Read(ref _waitingBytes) + piece.Weight <= _limit);
        if (fits)
        {
            Interlocked.Add(ref _waitingBytes, piece.Weight);
            lane.Add(piece);
        }
        else
        {
            lane.Miss(piece, newline, Reason);
        }

        Volatile.Write(ref lane.InHand, 0);
        Interlocked.MemoryBarrier();
        if (_idle)
            Wake();
        return fits;
    }

    /// <summary>Why something is missed now.</summary>
    private string Reason =>
        Failure is not null ? DropReason.ObserverFailed
        : _closing ? DropReason.SessionEnded
        : _spills ? DropReason.DiskFull
        : DropReason.ObserverBehind;

    private bool IsSpilling => _lanes.All.Any(lane => lane.Spill!.IsActive);

    private void Wake()
    {
        lock (_gate)
            Monitor.Pulse(_gate);
    }

    private void WakeSpilling()
    {
        lock (_spilling)
            Monitor.Pulse(_spilling);
    }

    private void Run()
    {
        Scheduling.LowerThisThread(SessionObserver.Nice);
        try
        {
            while (true)
            {
                var busy = false;
                while (_lanes.TryTake(_closing, _givenUp, out var piece))
                {
                    if (!busy)
                        BeginTurn();
                    busy = true;
                    ObserveInTurns(piece);
                    piece.Chunk?.Release();
                    Interlocked.Add(ref _waitingBytes, -piece.Weight);
                }

                if (_closing && IsEmpty)
                    return;
                if (!busy && !IsEmpty)
                    Scheduling.Nap(Beat);
                else
                    Rest(busy);
            }
        }
        finally
        {
            TellWhatIsMissed();
            _completed.TrySetResult();
            WakeSpilling();
        }
    }

    /// <summary>The last words of the observer: what it has not come to is told at the end of each stream.</summary>
    private void TellWhatIsMissed()
    {
        foreach (var (channel, lane) in _lanes.All.Index())
        {
            if (lane.TakeAll(Reason) is not { } missed)
                continue;
            try
            {
                _observer.Abandon((Channel)channel, missed, _time.GetTimestamp());
            }
            catch (Exception e)
            {
                Failure ??= e;
            }
        }
    }

    private void Spill()
    {
        while (!_completed.Task.IsCompleted)
        {
            var isBusy = false;
            foreach (var lane in _lanes.All)
                isBusy |= lane.Spill!.Step();
            if (isBusy)
                continue;
            if (IsSpilling)
                Scheduling.Nap(Beat);
            else
            {
                lock (_spilling)
                {
                    while (!IsSpilling && !IsCompleted)
                        Monitor.Wait(_spilling);
                }
            }
        }

        foreach (var lane in _lanes.All)
            lane.Spill!.Dispose();
    }

    private void ObserveInTurns(in Piece piece)
    {
        var rest = piece;
        while (rest.Length > Slice)
        {
            Observe(rest with { Length = Slice });
            rest = rest with { Offset = rest.Offset + Slice, Length = rest.Length - Slice, Gap = null, Skipped = 0 };
            PauseAfterTurn();
        }

        Observe(rest);
        PauseAfterTurn();
    }

    private void BeginTurn() => _turnSince = _time.GetTimestamp();

    /// <summary>Once the turn is over. Not at the end of the session: then nobody is in a hurry but those who wait for the rest.</summary>
    private void PauseAfterTurn()
    {
        if (_closing || Waiting > KeepPaceAbove || _time.GetElapsedTime(_turnSince) < Turn)
            return;
        Scheduling.Nap(Pause);
        BeginTurn();
    }

    private void Observe(in Piece piece)
    {
        try
        {
            if (_givenUp)
                _lanes[piece.Channel].Lose(piece, Reason);
            else
                _observer.Observe(piece);
        }
        catch (Exception e)
        {
            // A fault of ours in observing must not end the session: it goes on unobserved.
            Failure = e;
            _givenUp = true;
        }
    }

    /// <summary>After work, a beat; otherwise until there is some.</summary>
    private void Rest(bool briefly)
    {
        if (briefly)
        {
            if (!_closing)
                Scheduling.Nap(Beat);
            return;
        }

        lock (_gate)
        {
            _idle = true;
            Interlocked.MemoryBarrier();
            while (!_closing && IsEmpty)
                Monitor.Wait(_gate);
            _idle = false;
        }
    }
}
