using System.Collections.Concurrent;
using Kilometers.Monitoring.Relay;
using Kilometers.Processes;

namespace Kilometers.Monitoring.Observation;

/// <summary>
/// Between the relay's threads and the observer's own: keeps chunks, bounded, and never makes the relay wait. What does not fit is
/// missed, counted, and told to the observer at its place.
/// <para>
/// The relay shows a chunk after it was forwarded, so a fast answer may be shown before its question. The observer therefore takes
/// pieces in the order in which they were <i>read</i>: each pump notes, before it forwards, when it read what it has in hand.
/// </para>
/// <para>
/// While traffic flows the observer is not woken for each chunk: it looks every <see cref="Beat"/>. Waking a thread costs the relay
/// more than everything else here, and on a small machine the observer would take a core from the session. What there is then it takes in
/// short turns, with a pause after each: a scheduler lets whoever runs end his turn, whatever the priorities, and a call in passing has to
/// wait for that (bench/relay.sh: the slowest of a hundred calls).
/// </para>
/// </summary>
public sealed class MessageTap : IByteObserver
{
    private const int Channels = 3;

    /// <summary>Bytes of one piece that are observed between two looks at the clock: what takes less than a turn.</summary>
    private const int Slice = 8 * 1024;

    private static readonly TimeSpan Beat = TimeSpan.FromMicroseconds(200);
    private static readonly TimeSpan Turn = TimeSpan.FromMicroseconds(50);
    private static readonly TimeSpan Pause = TimeSpan.FromMicroseconds(50);
    private static readonly TimeSpan GiveUpLimit = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a piece is held back because an earlier one is still being forwarded: a server that does not read may block that for ever.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(20);

    private readonly SessionObserver _observer;
    private readonly long _limit;
    private readonly TimeProvider _time;
    private readonly Lane[] _lanes = [new(), new(), new()];
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
    public MessageTap(SessionObserver observer, long limit, TimeProvider timeProvider)
    {
        _observer = observer;
        _limit = limit;
        _time = timeProvider;
    }

    /// <summary>Bytes that the observer missed because it could not keep up.</summary>
    public long MissedBytes => _lanes.Sum(lane => Interlocked.Read(ref lane.Missed));

    /// <summary>What ended the observation before its time; null if nothing did.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Bytes, and a little for each piece, that wait for the observer.</summary>
    public long Waiting => Interlocked.Read(ref _waitingBytes);

    /// <summary>Starts the observer's thread.</summary>
    public void Start() => new Thread(Run) { IsBackground = true, Name = "observer" }.Start();

    /// <inheritdoc/>
    public void OnRead(Channel channel, long timestamp) => Volatile.Write(ref _lanes[(int)channel].InHand, timestamp);

    /// <inheritdoc/>
    public void OnBytes(Channel channel, Chunk chunk, int offset, int length, long timestamp)
    {
        // :: Step 3 — nothing is copied and nobody waits; the chunk is held until the observer has seen it.
        chunk.Retain();
        if (!Add(new Piece(channel, chunk, offset, length, timestamp))) chunk.Release();
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
        var lane = _lanes[(int)piece.Channel];
        var weight = piece.Length + Piece.Overhead;
        var newline = piece.Bytes.LastIndexOf((byte)'\n');
        lane.LineLength = newline < 0 ? lane.LineLength + piece.Length : piece.Length - newline - 1;

        // The end of a stream, which has no bytes, always fits. Of a message above the limit nothing but its ends is kept anyway.
        var isMiddle = newline < 0 && lane.LineLength - piece.Length > _observer.BufferSize;
        var fits = piece.Length == 0 || (!isMiddle && !_closing && Interlocked.Read(ref _waitingBytes) + weight <= _limit);
        if (fits)
        {
            Interlocked.Add(ref _waitingBytes, weight);
            lane.Pieces.Enqueue(piece with { AfterGap = lane.HasGap, Skipped = lane.Skipped });
            lane.HasGap = false;
            lane.Skipped = 0;
        }
        else if (!lane.HasGap && newline < 0)
        {
            // The middle of a large message: its size is all that would be kept of it anyway.
            lane.Skipped += piece.Length;
        }
        else
        {
            Interlocked.Add(ref lane.Missed, piece.Length + lane.Skipped);
            lane.HasGap = true;
            lane.Skipped = 0;
        }

        Volatile.Write(ref lane.InHand, 0);
        Interlocked.MemoryBarrier();
        if (_idle) Wake();
        return fits;
    }

    private void Wake()
    {
        lock (_gate) Monitor.Pulse(_gate);
    }

    private void Run()
    {
        Scheduling.LowerThisThread(SessionObserver.Nice);
        try
        {
            while (true)
            {
                var busy = false;
                while (TryTake(out var piece))
                {
                    if (!busy) BeginTurn();
                    busy = true;
                    ObserveInTurns(piece);
                    piece.Chunk?.Release();
                    Interlocked.Add(ref _waitingBytes, -piece.Length - Piece.Overhead);
                }

                if (_closing && IsEmpty()) return;
                Rest(busy || !IsEmpty());
            }
        }
        finally
        {
            _completed.TrySetResult();
        }
    }

    private void ObserveInTurns(in Piece piece)
    {
        var rest = piece;
        while (rest.Length > Slice)
        {
            Observe(rest with { Length = Slice });
            rest = rest with { Offset = rest.Offset + Slice, Length = rest.Length - Slice, AfterGap = false, Skipped = 0 };
            PauseAfterTurn();
        }

        Observe(rest);
        PauseAfterTurn();
    }

    private void BeginTurn() => _turnSince = _time.GetTimestamp();

    /// <summary>Once the turn is over. Not at the end of the session: then nobody is in a hurry but those who wait for the rest.</summary>
    private void PauseAfterTurn()
    {
        if (_closing || _time.GetElapsedTime(_turnSince) < Turn) return;
        Scheduling.Nap(Pause);
        BeginTurn();
    }

    private void Observe(in Piece piece)
    {
        try
        {
            if (_givenUp) Interlocked.Add(ref _lanes[(int)piece.Channel].Missed, piece.Length);
            else _observer.Observe(piece);
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
            if (!_closing) Scheduling.Nap(Beat);
            return;
        }

        lock (_gate)
        {
            _idle = true;
            Interlocked.MemoryBarrier();
            while (!_closing && IsEmpty()) Monitor.Wait(_gate);
            _idle = false;
        }
    }

    /// <summary>Takes the piece that was read first, unless one that was read before it is still being forwarded.</summary>
    private bool TryTake(out Piece piece)
    {
        Span<long> inHand = stackalloc long[Channels];
        for (var i = 0; i < Channels; i++) inHand[i] = Volatile.Read(ref _lanes[i].InHand);

        // What was in hand is looked at before the queues: a piece leaves the hand only after it is in its queue.
        piece = default;
        var first = -1;
        for (var i = 0; i < Channels; i++)
        {
            if (!_lanes[i].Pieces.TryPeek(out var head) || (first >= 0 && head.Timestamp >= piece.Timestamp)) continue;
            first = i;
            piece = head;
        }

        if (first < 0) return false;
        for (var i = 0; i < Channels; i++)
        {
            if (i != first && inHand[i] != 0 && inHand[i] < piece.Timestamp && _lanes[i].Pieces.IsEmpty && IsWorthWaiting(_lanes[i], inHand[i])) return false;
        }

        return _lanes[first].Pieces.TryDequeue(out piece);
    }

    private bool IsWorthWaiting(Lane lane, long inHand)
    {
        if (_closing) return false;
        if (lane.AwaitedHand != inHand)
        {
            lane.AwaitedHand = inHand;
            lane.AwaitedSince = _time.GetTimestamp();
        }

        return _time.GetElapsedTime(lane.AwaitedSince) < Patience;
    }

    private bool IsEmpty() => _lanes[0].Pieces.IsEmpty && _lanes[1].Pieces.IsEmpty && _lanes[2].Pieces.IsEmpty;

    /// <summary>One stream's pieces; one thread adds, one takes.</summary>
    private sealed class Lane
    {
        public readonly ConcurrentQueue<Piece> Pieces = new();

        /// <summary>When the chunk that is being forwarded was read; 0 if none is.</summary>
        public long InHand;

        /// <summary>The chunk in hand that others wait for, and since when; the observer's own.</summary>
        public long AwaitedHand;
        public long AwaitedSince;

        public long Missed;

        /// <summary>How long the line is that has begun. The pump's own.</summary>
        public long LineLength;

        /// <summary>Since the last piece that was queued: whether whole lines were missed; else how many bytes within one line. The pump's own.</summary>
        public bool HasGap;
        public long Skipped;
    }
}

/// <summary>Some bytes of one stream, or its end.</summary>
/// <param name="Channel">The stream.</param>
/// <param name="Chunk">Holds the bytes; null at the end of the stream.</param>
/// <param name="Offset">Where they start.</param>
/// <param name="Length">How many.</param>
/// <param name="Timestamp">When they were read.</param>
public readonly record struct Piece(Channel Channel, Chunk? Chunk, int Offset, int Length, long Timestamp)
{
    /// <summary>What a piece counts beside its bytes.</summary>
    public const int Overhead = 64;

    /// <summary>Whether bytes of this stream before these were missed, and newlines among them.</summary>
    public bool AfterGap { get; init; }

    /// <summary>How many bytes before these, all of the same line, are only known by their number.</summary>
    public long Skipped { get; init; }

    /// <summary>The bytes; none at the end of the stream.</summary>
    public ReadOnlySpan<byte> Bytes => Chunk is null ? [] : Chunk.Bytes.Slice(Offset, Length);
}
