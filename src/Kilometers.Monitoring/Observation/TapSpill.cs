namespace Kilometers.Monitoring.Observation;

/// <summary>
/// Where delivery is guaranteed: what one stream brings beyond a short row in memory waits outside of it, and comes back in order. The pump
/// only ever puts a reference into a row; a thread of its own writes and reads, so that nobody waits for a disk.
/// </summary>
/// <param name="lane">The stream.</param>
/// <param name="frontLimit">How much of it waits in memory for the observer.</param>
/// <param name="weigh">Told how the weight in memory changes, when that is not the pump's or the observer's doing.</param>
/// <param name="wake">Called when there is something to do after there was nothing.</param>
/// <param name="create">Makes the store, when it is first needed.</param>
internal sealed class TapSpill(TapLane lane, long frontLimit, Action<long> weigh, Action wake, Func<IBlockStore> create) : IDisposable
{
    /// <summary>A piece at least; and arrays that are not large for the garbage collector.</summary>
    private const int BlockWeight = 16 * 1024;

    private readonly Lock _gate = new();
    private readonly Queue<Piece> _row = new();
    private readonly Queue<StoredBlock> _stored = new();
    private readonly PieceBlock _block = new();
    private IBlockStore? _store;
    private long _frontWeight;
    private volatile bool _active;
    private bool _isBlocked;

    /// <summary>Whether something waits behind what the observer can take.</summary>
    public bool IsActive => _active;

    /// <summary>Why the store failed for the first time; null if it did not.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Adds a piece at the end. The pump's own.</summary>
    public void Add(in Piece piece)
    {
        // Only this thread makes it active.
        if (!_active && HasRoom(piece.Weight))
        {
            Enqueue(piece);
            return;
        }

        bool isNew;
        lock (_gate)
        {
            isNew = !_active;
            _active = true;
            _row.Enqueue(piece);
        }

        if (isNew)
            wake();
    }

    /// <summary>The observer took a piece.</summary>
    public void Took(in Piece piece) => Interlocked.Add(ref _frontWeight, -piece.Weight);

    /// <summary>Moves one batch on: to the observer, or from the row to the store. The spilling thread's own.</summary>
    /// <returns>Whether there was one to move.</returns>
    public bool Step()
    {
        Piece[] batch;
        StoredBlock oldest;
        lock (_gate)
        {
            if (!_active)
                return false;
            if (_stored.TryPeek(out oldest))
            {
                if (!HasRoom(oldest.Weight))
                    oldest = default;
            }
            else if (MoveBack())
            {
                return true;
            }

            batch = oldest.Weight > 0 || _isBlocked ? [] : TakeBatch();
        }

        if (oldest.Weight > 0)
            ReadBack(oldest);
        else if (batch.Length > 0)
            Write(batch);
        else
            return false;
        return true;
    }

    /// <summary>Nothing of it will be observed.</summary>
    /// <returns>What there was; null if nothing was.</returns>
    public MissedBytes? Abandon(string reason)
    {
        lock (_gate)
        {
            _active = false;
            if (_row.Count + _stored.Count == 0)
                return null;
            if (_row.Count > 0)
                _stored.Enqueue(StoredBlock.Of([.. _row]));
            foreach (var piece in _row)
                piece.Chunk?.Release();
            var missed = new MissedBytes(
                _stored.Sum(block => block.Bytes),
                _stored.Sum(block => block.Lines),
                _stored.Last().EndsInLine,
                reason
            );
            _row.Clear();
            _stored.Clear();
            return missed;
        }
    }

    public void Dispose()
    {
        _store?.Dispose();
        _block.Dispose();
    }

    private bool HasRoom(long weight) => Interlocked.Read(ref _frontWeight) is var front && (front == 0 || front + weight <= frontLimit);

    private void Enqueue(in Piece piece)
    {
        Interlocked.Add(ref _frontWeight, piece.Weight);
        lane.Pieces.Enqueue(piece);
    }

    /// <summary>The disk holds nothing: the row goes to the observer as it is.</summary>
    private bool MoveBack()
    {
        var moved = false;
        while (_row.TryPeek(out var next) && HasRoom(next.Weight))
        {
            Enqueue(_row.Dequeue());
            moved = true;
        }

        _active = _row.Count > 0;
        _isBlocked &= !moved;
        return moved;
    }

    /// <summary>They stay in the row until they are in the store; each has another reference, since the row may be let go meanwhile.</summary>
    private Piece[] TakeBatch()
    {
        var weight = 0L;
        var batch = _row.TakeWhile(piece => weight < BlockWeight && (weight += piece.Weight) > 0).ToArray();
        if (weight < BlockWeight)
            return [];
        foreach (var piece in batch)
            piece.Chunk?.Retain();
        return batch;
    }

    private void Write(Piece[] batch)
    {
        var isWritten = false;
        try
        {
            _store ??= create();
            isWritten = _store.TryWrite(_block.Write(batch));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OutOfMemoryException)
        {
            Failure ??= e;
        }

        lock (_gate)
        {
            // What cannot be written stays in the row, which takes nothing more once memory is full.
            _isBlocked = !isWritten;
            if (isWritten && _active)
            {
                _stored.Enqueue(StoredBlock.Of(batch));
                for (var i = 0; i < batch.Length; i++)
                    _row.Dequeue().Chunk?.Release();
                weigh(-batch.Sum(piece => (long)piece.Weight));
            }
        }

        foreach (var piece in batch)
            piece.Chunk?.Release();
    }

    private void ReadBack(StoredBlock block)
    {
        Piece[] pieces;
        try
        {
            pieces = _block.Read(_store!.Read());
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException or OutOfMemoryException)
        {
            // The observer is told at this place, by a piece without bytes.
            Failure ??= e;
            pieces =
            [
                new Piece(block.Last.Channel, Relay.Chunk.Rent(), 0, 0, block.Last.Timestamp)
                {
                    Gap = new MissedBytes(block.Bytes, block.Lines, block.EndsInLine, DropReason.DiskFailed),
                },
            ];
        }

        lock (_gate)
        {
            _isBlocked = false;
            if (_active)
            {
                _stored.Dequeue();
                weigh(pieces.Sum(piece => (long)piece.Weight));
                foreach (var piece in pieces)
                    Enqueue(piece);
                return;
            }
        }

        foreach (var piece in pieces)
            piece.Chunk?.Release();
    }

    private readonly record struct StoredBlock(long Weight, long Bytes, long Lines, bool EndsInLine, Piece Last)
    {
        public static StoredBlock Of(Piece[] batch) =>
            new(
                batch.Sum(piece => (long)piece.Weight),
                batch.Sum(piece => piece.Length + piece.Skipped + (piece.Gap?.Bytes ?? 0)),
                batch.Sum(piece => piece.Bytes.Count((byte)'\n') + (piece.Gap?.Lines ?? 0)),
                batch[^1].Bytes is not [.., (byte)'\n'],
                batch[^1] with
                {
                    Chunk = null,
                }
            );
    }
}
