using System.Runtime.InteropServices;

namespace Kilometers.Link.Ring;

/// <summary>
/// How the shared memory of a session is laid out. Each stream has a lane: a queue of <see cref="RingPiece"/> and the room that they lie in.
/// The relay alone writes this memory. How far the host is stands in memory of its own (<see cref="RingPositions"/>), which the host writes.
/// </summary>
internal static class RingLayout
{
    public const int Lanes = 3;

    /// <summary>Pieces that may wait in a lane; a power of 2.</summary>
    public const int Pieces = 2048;

    /// <summary>Bytes of the part before the rooms, a multiple of the page size.</summary>
    public const int HeadSize = 4096 + (Lanes * Pieces * PieceSize);

    public const int PieceSize = 48;

    public const int PositionsSize = 4096;

    /// <summary>The most that a stream's room may have: a piece's place is a 32-bit number.</summary>
    public const long MaxRoom = 1L << 30;

    private const int LaneHeadSize = 128;

    /// <summary>The state of a lane.</summary>
    public static unsafe RingLane* Lane(byte* ring, int lane) => (RingLane*)(ring + (lane * LaneHeadSize));

    /// <summary>The queue of a lane.</summary>
    public static unsafe RingPiece* Queue(byte* ring, int lane) => (RingPiece*)(ring + 4096 + (lane * Pieces * PieceSize));

    /// <summary>The room of a lane. All lanes have as much, but standard error.</summary>
    /// <param name="ring">The memory.</param>
    /// <param name="lane">The lane.</param>
    /// <param name="size">Bytes of the whole memory.</param>
    /// <param name="length">How much room it is.</param>
    public static unsafe byte* Room(byte* ring, int lane, long size, out long length)
    {
        var room = Math.Min(MaxRoom, (size - HeadSize) * 4 / 9 / 4096 * 4096);
        length = lane == (int)Channel.ServerError ? Math.Min(room, (size - HeadSize - (2 * room)) / 4096 * 4096) : room;
        return ring + HeadSize + (lane * room);
    }

    /// <summary>How large the memory must be for lanes of so much room.</summary>
    public static long SizeFor(long room) => HeadSize + (room / 4 * 9) + 4096;
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

    private int _padding;
}

/// <summary>How far the host is.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct RingPositions
{
    /// <summary>How many pieces of each lane were taken and are no longer needed.</summary>
    public fixed ulong Taken[8];

    /// <summary>1 where the host sleeps and wants to be woken by the next piece.</summary>
    public int IsWaiting;
}
