using Microsoft.Win32.SafeHandles;

namespace Kilometers.Link.Ring;

/// <summary>The relay's side of the memory that it shares with the host.</summary>
public sealed class RingWriter : IDisposable
{
    /// <summary>What a lane has beside the largest message that is observed whole.</summary>
    private const long Margin = 16L << 20;

    private readonly SharedMemory _ring;
    private readonly SharedMemory _positions;
    private readonly LaneWriter[] _lanes;

    private RingWriter(SharedMemory ring, SharedMemory positions, long maxMessage, Action wake)
    {
        _ring = ring;
        _positions = positions;
        _lanes = [.. Enumerable.Range(0, RingLayout.Lanes).Select(index => new LaneWriter(ring, positions, index, maxMessage, wake))];
    }

    /// <summary>The memory that the relay writes.</summary>
    public SafeFileHandle Ring => _ring.File;

    /// <summary>The memory that the host writes.</summary>
    public SafeFileHandle Positions => _positions.File;

    /// <summary>The lane of a stream.</summary>
    public LaneWriter this[Channel channel] => _lanes[(int)channel];

    /// <summary>Makes the memory of a session.</summary>
    /// <param name="maxMessage">Bytes of the largest message that is observed whole.</param>
    /// <param name="wake">Wakes the host. Called on any of the relay's threads; must not block.</param>
    /// <returns>The ring; null where the system has no such memory to give.</returns>
    public static RingWriter? TryCreate(long maxMessage, Action wake)
    {
        var room = Math.Min(maxMessage + Margin, RingLayout.MaxRoom) / 4096 * 4096;
        if (SharedMemory.TryCreate(RingLayout.SizeFor(room) / 4096 * 4096, onlyHere: true) is not { } ring)
            return null;
        if (SharedMemory.TryCreate(RingLayout.PositionsSize, onlyHere: false) is { } positions)
            return new RingWriter(ring, positions, maxMessage, wake);
        ring.Dispose();
        return null;
    }

    /// <summary>Unmaps it. No lane may be used any more.</summary>
    public void Dispose()
    {
        _ring.Dispose();
        _positions.Dispose();
    }
}
