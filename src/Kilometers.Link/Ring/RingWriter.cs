using Microsoft.Win32.SafeHandles;

namespace Kilometers.Link.Ring;

/// <summary>The relay's side of the memory that it shares with the host.</summary>
public sealed class RingWriter : IDisposable
{
    private const int Pieces = 8192;

    /// <summary>
    /// What a lane has beside the largest message that is observed whole: a burst of a hundred messages of 1 MB. Only what waits takes memory, and
    /// a host that takes nothing is replaced.
    /// </summary>
    private const long Margin = 128L << 20;

    /// <summary>The same where the system gives less: under a limit of address space, or where memory must be there for all that is promised.</summary>
    private const long SmallMargin = 16L << 20;

    private const int ManyPieces = 1 << 16;

    private readonly SharedMemory _ring;
    private readonly SharedMemory _positions;
    private readonly LaneWriter[] _lanes;

    private RingWriter(SharedMemory ring, SharedMemory positions, int pieces, long maxMessage, Action wake, Func<bool> hasHost)
    {
        _ring = ring;
        _positions = positions;
        var layout = RingLayout.Create(ring, pieces);
        _lanes =
        [
            .. Enumerable
                .Range(0, RingLayout.Lanes)
                .Select(lane => new LaneWriter(ring, layout, positions, lane, maxMessage, wake, hasHost)),
        ];
    }

    /// <summary>The memory that the relay writes.</summary>
    public SafeFileHandle Ring => _ring.Passed;

    /// <summary>The memory that the host writes.</summary>
    public SafeFileHandle Positions => _positions.Passed;

    /// <summary>The lane of a stream.</summary>
    public LaneWriter this[Channel channel] => _lanes[(int)channel];

    /// <summary>Makes the memory of a session.</summary>
    /// <param name="maxMessage">Bytes of the largest message that is observed whole.</param>
    /// <param name="isLarge">
    /// Whether to make it as large as can be, so that even a host that is killed under heavy traffic misses nothing. Only what waits takes memory.
    /// </param>
    /// <param name="wake">Wakes the host. Called on any of the relay's threads; must not block.</param>
    /// <param name="hasHost">Whether there is a host. Called where bytes are missed; must not block.</param>
    /// <returns>The ring; null where the system has no such memory to give.</returns>
    public static RingWriter? TryCreate(long maxMessage, bool isLarge, Action wake, Func<bool> hasHost)
    {
        if (isLarge && TryCreate(ManyPieces, RingLayout.MaxRoom, maxMessage, wake, hasHost) is { } large)
            return large;
        return TryCreate(Pieces, Room(Margin), maxMessage, wake, hasHost)
            ?? TryCreate(Pieces, Room(SmallMargin), maxMessage, wake, hasHost);

        long Room(long margin) => Math.Min(maxMessage + margin, RingLayout.MaxRoom);
    }

    /// <summary>There is no host and there will be none: the lanes give back what they have, and keep nothing any more.</summary>
    public void Abandon()
    {
        foreach (var lane in _lanes)
            lane.Abandon();
    }

    /// <summary>Unmaps it. No lane may be used any more.</summary>
    public void Dispose()
    {
        _ring.Dispose();
        _positions.Dispose();
    }

    /// <summary>The same, of any size.</summary>
    internal static RingWriter? TryCreate(int pieces, long room, long maxMessage, Action wake, Func<bool> hasHost)
    {
        if (SharedMemory.TryCreate(RingLayout.SizeFor(pieces, room), onlyHere: true) is not { } ring)
            return null;
        if (SharedMemory.TryCreate(RingLayout.PositionsSize, onlyHere: false) is { } positions)
            return new RingWriter(ring, positions, pieces, maxMessage, wake, hasHost);
        ring.Dispose();
        return null;
    }
}
