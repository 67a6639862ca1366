using System.Collections.Concurrent;

namespace Kilometers.Monitoring.Observation;

/// <summary>One stream's pieces in a <see cref="MessageTap"/>: its pump adds, the observer takes.</summary>
internal sealed class TapLane
{
    /// <summary>Missed since the last piece that was added. The pump's own.</summary>
    private MissedBytes? _gap;

    /// <summary>Added, and not observed because the observer has given up. The observer's own.</summary>
    private MissedBytes? _lost;
    private long _skipped;
    private long _missed;

    /// <summary>When the chunk that is being forwarded was read; 0 if none is.</summary>
    public long InHand;

    /// <summary>The chunk in hand that others wait for, and since when; the observer's own.</summary>
    public long AwaitedHand;
    public long AwaitedSince;

    /// <summary>What the observer takes next.</summary>
    public ConcurrentQueue<Piece> Pieces { get; } = new();

    /// <summary>Takes what is too much for memory; null where nothing does.</summary>
    public TapSpill? Spill { get; set; }

    /// <summary>Bytes that were not observed.</summary>
    public long MissedBytes => Interlocked.Read(ref _missed);

    /// <summary>Whether nothing waits, in memory or elsewhere.</summary>
    public bool IsEmpty => Pieces.IsEmpty && Spill is not { IsActive: true };

    /// <summary>How long the line is that has begun. The pump's own.</summary>
    public long LineLength { get; private set; }

    /// <summary>The next bytes are these. The pump's own.</summary>
    /// <returns>Where their last line ends; negative if none does.</returns>
    public int Pass(in Piece piece)
    {
        var newline = piece.Bytes.LastIndexOf((byte)'\n');
        LineLength = newline < 0 ? LineLength + piece.Length : piece.Length - newline - 1;
        return newline;
    }

    /// <summary>The piece waits for the observer. The pump's own.</summary>
    public void Add(in Piece piece)
    {
        var marked = piece with { Gap = _gap, Skipped = _skipped };
        _gap = null;
        _skipped = 0;
        if (Spill is { } spill)
            spill.Add(marked);
        else
            Pieces.Enqueue(marked);
    }

    /// <summary>The piece is missed. The pump's own.</summary>
    /// <param name="piece">The piece.</param>
    /// <param name="newline">Where its last line ends; negative if none does.</param>
    /// <param name="reason">Why.</param>
    public void Miss(in Piece piece, int newline, string reason)
    {
        if (_gap is null && newline < 0)
        {
            // It may be the middle of a message whose ends are observed.
            _skipped += piece.Length;
            return;
        }

        var missed = new MissedBytes(
            piece.Length + _skipped,
            newline < 0 ? 0 : piece.Bytes.Count((byte)'\n'),
            newline != piece.Length - 1,
            reason
        );
        _skipped = 0;
        Interlocked.Add(ref _missed, missed.Bytes);
        _gap = _gap?.With(missed) ?? missed;
    }

    /// <summary>The piece was taken, and is missed all the same. The observer's own.</summary>
    public void Lose(in Piece piece, string reason)
    {
        if (piece.Gap is { } gap)
            _lost = _lost?.With(gap) ?? gap;
        if (piece.Length + piece.Skipped == 0)
            return;
        var missed = new MissedBytes(
            piece.Length + piece.Skipped,
            piece.Bytes.Count((byte)'\n'),
            piece.Bytes is not [.., (byte)'\n'],
            reason
        );
        Interlocked.Add(ref _missed, missed.Bytes);
        _lost = _lost?.With(missed) ?? missed;
    }

    /// <summary>All that is missed and was not told, at the end of the session. The observer's own.</summary>
    public MissedBytes? TakeAll(string reason)
    {
        var skipped = _skipped > 0 ? new MissedBytes(_skipped, 0, EndsInLine: true, reason) : null;
        var spilled = Spill?.Abandon(reason);
        Interlocked.Add(ref _missed, (skipped?.Bytes ?? 0) + (spilled?.Bytes ?? 0));
        MissedBytes? all = null;
        foreach (var part in new[] { _lost, spilled, _gap, skipped })
            if (part is not null)
                all = all?.With(part) ?? part;
        return all;
    }
}
