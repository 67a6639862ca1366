using Kilometers.Monitoring.Relay;

namespace Kilometers.Monitoring.Observation;

/// <summary>The three streams of a <see cref="MessageTap"/>, as the observer takes them: in the order in which their pieces were read.</summary>
internal sealed class TapLanes(TimeProvider time)
{
    /// <summary>How long a piece is held back because an earlier one is still being forwarded: a server that does not read may block that for ever.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(20);

    private readonly TapLane[] _lanes = [new(), new(), new()];

    /// <summary>By their channels.</summary>
    public IReadOnlyList<TapLane> All => _lanes;

    public TapLane this[Channel channel] => _lanes[(int)channel];

    /// <param name="inMemoryOnly">Whether what waits elsewhere does not count.</param>
    public bool IsEmpty(bool inMemoryOnly)
    {
        foreach (var lane in _lanes)
            if (inMemoryOnly ? !lane.Pieces.IsEmpty : !lane.IsEmpty)
                return false;
        return true;
    }

    /// <summary>Takes the piece that was read first, unless one that was read before it is still being forwarded, or waits outside of memory.</summary>
    /// <param name="isClosing">Whether nothing is being forwarded any more.</param>
    /// <param name="inMemoryOnly">Whether what waits elsewhere does not count.</param>
    /// <param name="piece">The piece.</param>
    public bool TryTake(bool isClosing, bool inMemoryOnly, out Piece piece)
    {
        Span<long> inHand = stackalloc long[_lanes.Length];
        for (var i = 0; i < _lanes.Length; i++)
            inHand[i] = Volatile.Read(ref _lanes[i].InHand);

        // What was in hand is looked at before the queues: a piece leaves the hand only after it is in its queue.
        piece = default;
        var first = -1;
        for (var i = 0; i < _lanes.Length; i++)
        {
            if (!_lanes[i].Pieces.TryPeek(out var head) || (first >= 0 && head.Timestamp >= piece.Timestamp))
                continue;
            first = i;
            piece = head;
        }

        if (first < 0)
            return false;
        for (var i = 0; i < _lanes.Length; i++)
        {
            if (i == first || !_lanes[i].Pieces.IsEmpty)
                continue;
            if (!inMemoryOnly && !_lanes[i].IsEmpty)
                return false;
            if (!isClosing && inHand[i] != 0 && inHand[i] < piece.Timestamp && IsWorthWaiting(_lanes[i], inHand[i]))
                return false;
        }

        if (!_lanes[first].Pieces.TryDequeue(out piece))
            return false;
        _lanes[first].Spill?.Took(piece);
        return true;
    }

    private bool IsWorthWaiting(TapLane lane, long inHand)
    {
        if (lane.AwaitedHand != inHand)
        {
            lane.AwaitedHand = inHand;
            lane.AwaitedSince = time.GetTimestamp();
        }

        return time.GetElapsedTime(lane.AwaitedSince) < Patience;
    }
}
