using System.Runtime.InteropServices;

namespace Kilometers.Link.Ring;

/// <summary>
/// How the shared memory of a session is laid out. Each stream has a lane: a queue of <see cref="RingPiece"/> and the room that they lie in.
/// The relay alone writes this memory. The host's position is in memory of its own (<see cref="RingPositions"/>), which the host writes.
/// </summary>
internal sealed unsafe class RingLayout
{
    public const int Lanes = 3;
    public const int PositionsSize = PageSize;

    /// <summary>The most that a stream's room may have: a piece's place is a 32-bit number.</summary>
    public const long MaxRoom = 1L << 30;

    private const int PageSize = 4096;
    private const int LaneHeadSize = 128;
    private const int PiecesAt = Lanes * LaneHeadSize;
    private const int MaxPieces = 1 << 20;
    private readonly byte* _start;
    private readonly long _size;

    private RingLayout(byte* start, long size, int pieces)
    {
        _start = start;
        _size = size;
        Pieces = pieces;
    }

    /// <summary>Pieces that may wait in a lane; a power of 2.</summary>
    public int Pieces { get; }

    /// <summary>How large the memory must be.</summary>
    /// <param name="pieces">Pieces that may wait in a lane; a power of 2, 256 at least.</param>
    /// <param name="room">Bytes that may wait in the lane of a stream of messages; standard error has a quarter of that.</param>
    public static long SizeFor(int pieces, long room) => (HeadSize(pieces) + (room / 4 * 9) + PageSize) / PageSize * PageSize;

    /// <summary>Lays out fresh memory.</summary>
    public static RingLayout Create(SharedMemory ring, int pieces)
    {
        *(int*)(ring.Start + PiecesAt) = pieces;
        return new RingLayout(ring.Start, ring.Size, pieces);
    }

    /// <summary>Finds out how memory is laid out.</summary>
    /// <returns>Null where it is not a session's memory.</returns>
    public static RingLayout? Read(SharedMemory ring)
    {
        if (ring.Size < PageSize)
            return null;
        var pieces = *(int*)(ring.Start + PiecesAt);
        return pieces is >= 256 and <= MaxPieces && int.IsPow2(pieces) && ring.Size > HeadSize(pieces)
            ? new RingLayout(ring.Start, ring.Size, pieces)
            : null;
    }

    /// <summary>The state of a lane.</summary>
    public RingLane* Lane(int lane) => (RingLane*)(_start + (lane * LaneHeadSize));

    /// <summary>A place in the queue of a lane.</summary>
    /// <param name="lane">The lane.</param>
    /// <param name="number">The number of the piece, from the beginning of the session.</param>
    public RingPiece* Piece(int lane, ulong number) =>
        (RingPiece*)(_start + PageSize) + ((long)lane * Pieces) + (long)(number & (ulong)(Pieces - 1));

    /// <summary>The room of a lane. All lanes have as much, but standard error.</summary>
    /// <param name="lane">The lane.</param>
    /// <param name="length">How much room it is.</param>
    public byte* Room(int lane, out long length)
    {
        var rooms = _size - HeadSize(Pieces);
        var room = Math.Min(MaxRoom, rooms * 4 / 9 / PageSize * PageSize);
        length = lane == (int)Channel.ServerError ? Math.Min(room, (rooms - (2 * room)) / PageSize * PageSize) : room;
        return _start + HeadSize(Pieces) + (lane * room);
    }

    /// <summary>Bytes of the part before the rooms, a multiple of the page size.</summary>
    private static long HeadSize(int pieces) => PageSize + ((long)Lanes * pieces * sizeof(RingPiece));
}

/// <summary>What the relay says of a lane.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RingLane
{
    /// <summary>How many pieces were added, ever.</summary>
    public ulong Added;

    /// <summary>When the bytes that are being forwarded were read; 0 if none are.</summary>
    public long InHand;

    /// <summary>How many bytes were forwarded, ever, observed or not.</summary>
    public long Forwarded;
}

/// <summary>Some bytes of one stream, or its end, and what was missed before them.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RingPiece
{
    /// <summary>When the bytes were read.</summary>
    public long Timestamp;

    /// <summary>Bytes missed before this piece.</summary>
    public long MissedBytes;

    /// <summary>Bytes before this piece, all in the middle of one line, of which only the number is known.</summary>
    public long Skipped;

    /// <summary>How many lines end in what was missed.</summary>
    public long MissedLines;

    /// <summary>Where the bytes are in the lane's room.</summary>
    public int Offset;

    /// <summary>How many; 0 at the end of the stream.</summary>
    public int Length;

    /// <summary>Whether what was missed ends within a line.</summary>
    public int MissedEndsInLine;

    /// <summary>Why bytes were missed or skipped.</summary>
    public MissedBecause MissedBecause;

    /// <summary>What became of the bytes.</summary>
    public PieceFate Fate;
}

/// <summary>How far the host is.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct RingPositions
{
    /// <summary>How many pieces of each lane were taken and are no longer needed.</summary>
    public fixed ulong Taken[8];

    /// <summary>1 where the host sleeps and wants to be woken by the next piece.</summary>
    public int IsWaiting;

    /// <summary>Bytes of the line begun in each lane that were taken: a host that follows cannot make a message of the rest.</summary>
    public fixed long LineLength[8];

    /// <summary>How many items the host has made of what it took.</summary>
    public ulong Observed;

    /// <summary>Up to which of them every plugin has handled all.</summary>
    public ulong Handled;

    /// <summary>Items that earlier hosts lost, as long as no plugin has handled the event that says so.</summary>
    public ulong Lost;
}
