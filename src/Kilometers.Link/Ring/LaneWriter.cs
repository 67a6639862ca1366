namespace Kilometers.Link.Ring;

/// <summary>
/// One stream's side of the relay. Its pump reads into memory that this hands out, forwards it from there, and then adds it as a piece. When
/// the host is behind, the pump gets memory that nobody observes, and what passes is counted: the session never waits.
/// </summary>
public sealed unsafe class LaneWriter
{
    private const int PageSize = 4096;
    private const int LineSize = 64;

    /// <summary>Bytes of one piece, as a pump reads them.</summary>
    private const int MaxShown = 64 * 1024;

    /// <summary>The memory of a lane that is kept after a burst.</summary>
    private const long KeptRoom = 1 << 20;
    private readonly RingLayout _layout;
    private readonly RingLane* _lane;
    private readonly RingPositions* _positions;
    private readonly byte* _room;
    private readonly long _roomSize;
    private readonly int _index;
    private readonly long _maxMessage;
    private readonly Action _wake;
    private readonly Func<bool> _hasHost;
    private readonly SharedMemory _ring;
    private byte[] _unobserved = [];
    private long _offset;
    private long _touched;
    private bool _isObserved;
    private volatile bool _isAbandoned;
    private long _lineLength;
    private RingPiece _next;

    internal LaneWriter(
        SharedMemory ring,
        RingLayout layout,
        SharedMemory positions,
        int index,
        long maxMessage,
        Action wake,
        Func<bool> hasHost
    )
    {
        _ring = ring;
        _layout = layout;
        _lane = layout.Lane(index);
        _positions = (RingPositions*)positions.Start;
        _room = layout.Room(index, out _roomSize);
        _index = index;
        _maxMessage = maxMessage;
        _wake = wake;
        _hasHost = hasHost;
    }

    /// <summary>
    /// Whether the lane has more memory than it keeps: once the host has taken what waits, the next call of <see cref="Next"/> gives it back. A
    /// pump that has nothing to read makes that call from time to time.
    /// </summary>
    public bool HoldsBurst => _touched > (_isAbandoned ? 0 : KeptRoom);

    /// <summary>Memory for the next read, in place of what was given out before and not added.</summary>
    /// <param name="size">How many bytes.</param>
    public Span<byte> Next(int size)
    {
        _isObserved = TryPlace(size);
        if (_isObserved)
            return new Span<byte>(_room + _offset, size);
        if (_unobserved.Length < size)
            _unobserved = new byte[size];
        return _unobserved.AsSpan(0, size);
    }

    /// <summary>Bytes were read, and are about to be forwarded.</summary>
    /// <param name="timestamp">When they were read.</param>
    public void BeginForward(long timestamp) => Volatile.Write(ref _lane->InHand, timestamp);

    /// <summary>The bytes that <see cref="Next"/> gave room for were forwarded.</summary>
    /// <param name="bytes">They.</param>
    /// <param name="timestamp">When they were read.</param>
    public void Add(ReadOnlySpan<byte> bytes, long timestamp)
    {
        _lane->Forwarded += bytes.Length;
        var newline = bytes.LastIndexOf((byte)'\n');
        _lineLength = newline < 0 ? _lineLength + bytes.Length : bytes.Length - newline - 1;

        // Of a message above the limit nothing but its ends is kept anyway.
        var isMiddle = newline < 0 && _lineLength - bytes.Length > _maxMessage;
        if (_isObserved && !isMiddle)
        {
            Enqueue(timestamp, (int)_offset, bytes.Length);
            var grain = bytes.Length >= PageSize ? PageSize : LineSize;
            _offset = (_offset + bytes.Length + grain - 1) / grain * grain;
            _touched = Math.Max(_touched, _offset);
        }
        else
            Miss(bytes, newline);

        Finish();
    }

    /// <summary>Bytes in the middle of a line were forwarded, and nobody kept them: only their number is passed on, with the next piece.</summary>
    /// <param name="count">How many.</param>
    public void Skip(long count)
    {
        _lane->Forwarded += count;
        _lineLength += count;
        if (_next.MissedBytes == 0)
            _next.Skipped += count;
        else
            _next.MissedBytes += count;
    }

    /// <summary>Shows the host whole lines that lie elsewhere. Not between <see cref="Next"/> and <see cref="Add"/>.</summary>
    /// <param name="lines">They.</param>
    /// <param name="timestamp">When they were forwarded, or stopped.</param>
    /// <param name="fate">What became of them.</param>
    public void Show(ReadOnlySpan<byte> lines, long timestamp, PieceFate fate)
    {
        while (!lines.IsEmpty)
        {
            var bytes = lines[..Math.Min(lines.Length, MaxShown)];
            var room = Next(MaxShown);
            bytes.CopyTo(room);
            _next.Fate = fate;
            Add(room[..bytes.Length], timestamp);
            _next.Fate = PieceFate.Forwarded;
            lines = lines[bytes.Length..];
        }
    }

    /// <summary>No host will ever look: nothing is kept for it. On any thread.</summary>
    internal void Abandon() => _isAbandoned = true;

    /// <summary>The stream has ended.</summary>
    /// <param name="timestamp">When.</param>
    public void End(long timestamp)
    {
        if (_lane->Added - Taken < (ulong)_layout.Pieces)
            Enqueue(timestamp, (int)_offset, 0);
        Finish();
    }

    private ulong Taken => Volatile.Read(ref _positions->Taken[_index]);

    private void Miss(ReadOnlySpan<byte> bytes, int newline)
    {
        _next.MissedBecause |= _hasHost() ? MissedBecause.HostWasBehind : MissedBecause.NoHost;
        if (_next.MissedBytes == 0 && newline < 0)
        {
            // It may be the middle of a message whose ends are observed.
            _next.Skipped += bytes.Length;
            return;
        }

        _next.MissedBytes += bytes.Length + _next.Skipped;
        _next.Skipped = 0;
        _next.MissedLines += newline < 0 ? 0 : bytes.Count((byte)'\n');
        _next.MissedEndsInLine = newline == bytes.Length - 1 ? 0 : 1;
    }

    private void Enqueue(long timestamp, int offset, int length)
    {
        (_next.Timestamp, _next.Offset, _next.Length) = (timestamp, offset, length);
        *_layout.Piece(_index, _lane->Added) = _next;
        _next = default;
        Volatile.Write(ref _lane->Added, _lane->Added + 1);
    }

    private void Finish()
    {
        Volatile.Write(ref _lane->InHand, 0);
        Interlocked.MemoryBarrier();
        if (_positions->IsWaiting != 0 && Interlocked.Exchange(ref _positions->IsWaiting, 0) != 0)
            _wake();
    }

    /// <summary>Nothing waits: what a burst needed is the system's again.</summary>
    private void GiveBack(long kept)
    {
        if (_touched <= kept)
            return;
        var end = Math.Min(_roomSize, (_touched + PageSize - 1) / PageSize * PageSize);
        _ring.Release(_room - _ring.Start + kept, end - kept);
        _touched = kept;
    }

    /// <summary>Finds a place in the room that no waiting piece lies in.</summary>
    private bool TryPlace(int size)
    {
        if (_isAbandoned)
        {
            GiveBack(0);
            return false;
        }

        var taken = Taken;
        if (taken > _lane->Added)
            return false;
        var waiting = _lane->Added - taken;
        if (waiting == 0)
        {
            // Always the same memory while the host keeps up: it stays in the cache, and the rest of the room stays untouched.
            _offset = 0;
            GiveBack(KeptRoom);
            return _roomSize >= size;
        }

        // One place is kept for the end of the stream.
        if (waiting >= (ulong)_layout.Pieces - 1)
            return false;
        long oldest = _layout.Piece(_index, taken)->Offset;
        if (_offset < oldest)
            return oldest - _offset > size;
        if (_roomSize - _offset >= size)
            return true;
        if (oldest <= size)
            return false;
        _offset = 0;
        return true;
    }
}
