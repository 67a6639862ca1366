using Microsoft.Win32.SafeHandles;

namespace Kilometers.Link.Ring;

/// <summary>Some bytes of one stream, or its end, where the relay left them.</summary>
public readonly unsafe ref struct SeenBytes
{
    /// <summary>The stream.</summary>
    public Channel Channel { get; init; }

    /// <summary>The bytes, valid until the next call; none at the end of the stream.</summary>
    public ReadOnlySpan<byte> Bytes { get; init; }

    /// <summary>When they were read.</summary>
    public long Timestamp { get; init; }

    /// <summary>What was missed of the stream right before these bytes; nothing by default.</summary>
    public MissedBytes Missed { get; init; }

    /// <summary>How many bytes before these, all in the middle of one line, are only known by their number.</summary>
    public long Skipped { get; init; }

    /// <summary>What became of these bytes.</summary>
    public PieceFate Fate { get; init; }
}

/// <summary>
/// The host's side: takes what the relay has forwarded, in the order in which it was read. A fast answer may be forwarded before its
/// question is: so a piece waits, for a little, while an earlier one is still being forwarded.
/// </summary>
public sealed unsafe class RingReader : IDisposable
{
    /// <summary>How long a piece is held back: a server that does not read may block the forwarding of an earlier one for ever.</summary>
    private static readonly TimeSpan HoldTimeout = TimeSpan.FromMilliseconds(20);

    /// <summary>The sequence of the event in which a host says what the one before it lost: right after that of its start.</summary>
    private const ulong TellsAt = 2;

    private readonly SharedMemory _ring;
    private readonly RingLayout _layout;
    private readonly SharedMemory _positions;
    private readonly TimeProvider _time;
    private readonly long[] _awaitedHand = new long[RingLayout.Lanes];
    private readonly long[] _awaitedSince = new long[RingLayout.Lanes];
    private readonly Lock _gate = new();
    private bool _isDisposed;
    private int _held = -1;
    private long _lineLength;

    /// <summary>How many bytes were taken.</summary>
    public long Observed { get; private set; }

    /// <summary>How many items were made of what was taken until now. A host that follows this one learns of it.</summary>
    public ulong Items { get; set; }

    private RingReader(SharedMemory ring, RingLayout layout, SharedMemory positions, TimeProvider time) =>
        (_ring, _layout, _positions, _time) = (ring, layout, positions, time);

    private RingPositions* Positions => (RingPositions*)_positions.Start;

    /// <summary>Whether nothing waits.</summary>
    public bool IsEmpty
    {
        get
        {
            for (var lane = 0; lane < RingLayout.Lanes; lane++)
                if (Added(lane) != Positions->Taken[lane])
                    return false;
            return true;
        }
    }

    /// <summary>How many bytes of a stream were forwarded, ever.</summary>
    public long Forwarded(Channel channel) => Volatile.Read(ref _layout.Lane((int)channel)->Forwarded);

    /// <summary>Maps the memory of a session.</summary>
    /// <param name="ring">What the relay writes.</param>
    /// <param name="positions">What we write.</param>
    /// <param name="time">The clock.</param>
    /// <returns>The reader; null where that is not a session's memory.</returns>
    public static RingReader? TryOpen(SafeFileHandle ring, SafeFileHandle positions, TimeProvider time)
    {
        var written = SharedMemory.TryOpen(ring, canWrite: false);
        var read = SharedMemory.TryOpen(positions, canWrite: true);
        if (written is not null && RingLayout.Read(written) is { } layout && read is { Size: >= RingLayout.PositionsSize })
            return new RingReader(written, layout, read, time);
        written?.Dispose();
        read?.Dispose();
        return null;
    }

    /// <summary>Takes over from the host that served this session before.</summary>
    /// <param name="lines">Gets, for each stream, how many bytes that host took of the line begun there.</param>
    /// <returns>How many items it may have lost: it had made them, and not every plugin had handled them.</returns>
    public long TakeOver(Span<long> lines)
    {
        for (var lane = 0; lane < RingLayout.Lanes; lane++)
            lines[lane] = Positions->LineLength[lane];
        var told = Positions->Handled >= TellsAt ? 0 : Positions->Lost;
        var lost = told + Positions->Observed - Math.Min(Positions->Handled, Positions->Observed);
        (Positions->Lost, Positions->Observed, Positions->Handled) = (lost, 0, 0);
        return (long)lost;
    }

    /// <summary>Notes how far plugins are. On any thread.</summary>
    /// <param name="handled">Gives the sequence up to which the plugins have handled all items; <see cref="ulong.MaxValue"/>: all that there are.</param>
    public void NoteHandled(Func<ulong> handled)
    {
        lock (_gate)
        {
            if (_isDisposed)
                return;

            // First what there is, then what of it is handled: what comes in between is not.
            var observed = Volatile.Read(ref Positions->Observed);
            Volatile.Write(ref Positions->Handled, Math.Min(observed, handled()));
        }
    }

    /// <summary>Whether what waits may go on waiting: each stream has used less than half of its room, and the oldest piece has not waited too long.</summary>
    /// <param name="longest">How long a piece may wait.</param>
    public bool CanWait(TimeSpan longest)
    {
        for (var lane = 0; lane < RingLayout.Lanes; lane++)
        {
            var (taken, added) = (Positions->Taken[lane], Added(lane));
            if (added == taken)
                continue;
            _ = _layout.Room(lane, out var size);
            var (oldest, newest) = (*_layout.Piece(lane, taken), *_layout.Piece(lane, added - 1));
            var used = (long)newest.Offset + newest.Length - oldest.Offset;
            if (used < 0)
                used += size;
            if (added - taken > (ulong)_layout.Pieces / 2 || used > size / 2 || _time.GetElapsedTime(oldest.Timestamp) > longest)
                return false;
        }

        return true;
    }

    /// <summary>Takes the piece that was read first. The one taken before is given back.</summary>
    /// <param name="isClosing">Whether nothing is being forwarded any more.</param>
    /// <param name="seen">The piece.</param>
    /// <returns>False if there is none, or an earlier one is still being forwarded.</returns>
    /// <exception cref="InvalidDataException">The relay wrote what makes no sense.</exception>
    public bool TryTake(bool isClosing, out SeenBytes seen)
    {
        Release();
        Span<long> inHand = stackalloc long[RingLayout.Lanes];
        for (var lane = 0; lane < inHand.Length; lane++)
            inHand[lane] = Volatile.Read(ref _layout.Lane(lane)->InHand);

        // What was in hand is looked at before the queues: a piece leaves the hand only after it is in its queue.
        var (first, timestamp) = (-1, 0L);
        for (var lane = 0; lane < inHand.Length; lane++)
        {
            var taken = Positions->Taken[lane];
            if (Added(lane) == taken)
                continue;
            var read = _layout.Piece(lane, taken)->Timestamp;
            if (first < 0 || read < timestamp)
                (first, timestamp) = (lane, read);
        }

        seen = default;
        if (first < 0)
            return false;
        for (var lane = 0; lane < inHand.Length && !isClosing; lane++)
        {
            var isOpen = lane != first && Added(lane) == Positions->Taken[lane] && inHand[lane] != 0 && inHand[lane] < timestamp;
            if (isOpen && IsWorthWaiting(lane, inHand[lane]))
                return false;
        }

        var piece = *_layout.Piece(first, Positions->Taken[first]);
        var room = _layout.Room(first, out var size);
        if (piece.Offset < 0 || piece.Length < 0 || piece.Offset + (long)piece.Length > size)
            throw new InvalidDataException("a piece lies outside of the ring");
        _held = first;
        Observed += piece.Length;
        var newline = new ReadOnlySpan<byte>(room + piece.Offset, piece.Length).LastIndexOf((byte)'\n');
        _lineLength = newline >= 0 ? piece.Length - newline - 1 : LineLengthBefore(first, piece) + piece.Length;
        seen = new SeenBytes
        {
            Channel = (Channel)first,
            Bytes = new ReadOnlySpan<byte>(room + piece.Offset, piece.Length),
            Timestamp = piece.Timestamp,
            Missed = new MissedBytes(piece.MissedBytes, piece.MissedLines, piece.MissedEndsInLine != 0, piece.MissedBecause),
            Skipped = piece.Skipped,
            Fate = piece.Fate,
        };
        return true;
    }

    /// <summary>Asks to be woken by the next piece.</summary>
    /// <returns>False if there is one already: then nobody will.</returns>
    public bool TryWait()
    {
        Release();
        Volatile.Write(ref Positions->IsWaiting, 1);
        Interlocked.MemoryBarrier();
        if (IsEmpty)
            return true;
        Volatile.Write(ref Positions->IsWaiting, 0);
        return false;
    }

    /// <summary>Unmaps the memory.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _ring.Dispose();
            _positions.Dispose();
        }
    }

    private void Release()
    {
        if (_held < 0)
            return;
        Positions->Observed = Items;
        Positions->LineLength[_held] = _lineLength;
        Volatile.Write(ref Positions->Taken[_held], Positions->Taken[_held] + 1);
        _held = -1;
    }

    /// <summary>What was missed may have ended the line begun, and begun another one.</summary>
    private long LineLengthBefore(int lane, in RingPiece piece) =>
        piece.MissedBytes == 0 ? Positions->LineLength[lane] + piece.Skipped : piece.MissedEndsInLine;

    private ulong Added(int lane) => Volatile.Read(ref _layout.Lane(lane)->Added);

    private bool IsWorthWaiting(int lane, long inHand)
    {
        if (_awaitedHand[lane] != inHand)
            (_awaitedHand[lane], _awaitedSince[lane]) = (inHand, _time.GetTimestamp());
        return _time.GetElapsedTime(_awaitedSince[lane]) < HoldTimeout;
    }
}
