namespace Kilometers.Plugins.ApiLogger.Spooling;

/// <summary>
/// What the sessions of one process recorded and the API has not confirmed yet. One process has a folder at a time, by its lock; sessions
/// append, one thread reads and confirms. A segment that an earlier process wrote is never appended to, so what a crash left half-written at its end just ends it.
/// </summary>
internal sealed class SpoolFolder : IDisposable
{
    private const int CountingWindow = 1 << 20;

    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly FileStream _lock;
    private readonly SpoolLimits _limits;
    private readonly Func<long> _othersSize;
    private readonly List<long> _segments;
    private FileStream? _active;
    private SpoolPosition _cursor;
    private SpoolPosition _end;
    private long _size;
    private long _others;
    private bool _dirty;

    /// <param name="path">The folder, which is there.</param>
    /// <param name="heldLock">Its lock, held; disposed with this.</param>
    /// <param name="limits">How large it may become.</param>
    /// <param name="othersSize">Measures what all other folders hold, in bytes.</param>
    public SpoolFolder(string path, FileStream heldLock, SpoolLimits limits, Func<long> othersSize)
    {
        _path = path;
        _lock = heldLock;
        _limits = limits;
        _othersSize = othersSize;
        _segments = SpoolFiles.Segments(path);
        _cursor = SpoolFiles.ReadCursor(path);
        // A number that was used is not used again, or the cursor would pass over what is new.
        _end = new(Math.Max(_cursor.Segment, _segments.Count == 0 ? 0 : _segments[^1]) + 1, 0);
        Begin = _end;
        _size = SpoolFiles.Size(path);
        PassSegments();
    }

    public string Path => _path;

    /// <summary>Where this process began: what is before it was left over.</summary>
    public SpoolPosition Begin { get; }

    /// <summary>Where the next record will stand.</summary>
    public SpoolPosition End
    {
        get
        {
            lock (_gate)
                return _end;
        }
    }

    /// <summary>Up to where everything is confirmed.</summary>
    public SpoolPosition Cursor
    {
        get
        {
            lock (_gate)
                return _cursor;
        }
    }

    /// <summary>How many damaged places were passed over.</summary>
    public int Damaged { get; private set; }

    /// <summary>Keeps a record: when this returns it survives the end of this process and of km.</summary>
    /// <returns>Whether it is the first since the last <see cref="Flush"/>.</returns>
    /// <exception cref="SpoolFullException">It does not fit; nothing is kept of it.</exception>
    public bool Append(ReadOnlyMemory<byte> content)
    {
        var size = RecordFormat.HeaderSize + content.Length;
        ReadOnlyMemory<byte>[] parts = [RecordFormat.Header(content.Span), content];
        lock (_gate)
        {
            try
            {
                if (_active is null || (_end.Offset > 0 && _end.Offset + size > _limits.SegmentSize))
                    Roll();
                if (_size + _others + size > _limits.Size && _size + (_others = _othersSize()) + size > _limits.Size)
                    throw new SpoolFullException($"The spool is full ({_limits.Size} bytes).");
                RandomAccess.Write(_active!.SafeFileHandle, parts, _end.Offset);
                if (_limits.FlushEach)
                    RandomAccess.FlushToDisk(_active.SafeFileHandle);
            }
            catch (Exception exception) when (exception is IOException and not SpoolFullException or UnauthorizedAccessException)
            {
                CutBack();
                throw new SpoolFullException($"The spool cannot be written: {exception.Message}", exception);
            }
            _end = _end with { Offset = _end.Offset + size };
            _size += size;
            if (_limits.FlushEach || _dirty)
                return false;
            return _dirty = true;
        }
    }

    /// <summary>Reads records that are not confirmed yet, in order.</summary>
    /// <returns>No records only when everything is confirmed.</returns>
    public SpoolBatch Read(int count, int bytes)
    {
        while (true)
        {
            SpoolPosition from,
                end;
            lock (_gate)
            {
                PassSegments();
                (from, end) = (_cursor, _end);
            }
            if (from.CompareTo(end) >= 0)
                return new([], [], []);
            var closed = from.Segment < end.Segment;
            var (batch, after, damaged) = SpoolReader.Read(_path, from, closed ? long.MaxValue : end.Offset, count, bytes);
            if (batch.Records.Count > 0)
                return batch;
            Damaged += damaged;
            lock (_gate)
            {
                _cursor = closed ? NextSegment(from) : after;
                // Measured again, as somebody may have deleted a segment.
                _size = SpoolFiles.Size(_path);
            }
        }
    }

    /// <summary>How many records are not confirmed yet of those that were there before this process. Reads all of them.</summary>
    public long CountLeftOver()
    {
        var (from, end) = (Cursor, Begin);
        var count = 0L;
        while (from.CompareTo(end) < 0)
        {
            var (batch, _, _) = SpoolReader.Read(_path, from, long.MaxValue, int.MaxValue, CountingWindow);
            count += batch.Records.Count;
            from = batch.Records.Count > 0 ? batch.Ends[^1] : NextSegment(from);
        }
        return count;
    }

    /// <summary>Passes over the first records of a batch: the API has them, or will never take them.</summary>
    public void Confirm(SpoolBatch batch, int count)
    {
        Damaged += batch.Damaged[count - 1];
        lock (_gate)
        {
            _cursor = batch.Ends[count - 1];
            PassSegments();
        }
        try
        {
            SpoolFiles.WriteCursor(_path, _cursor);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A full disk. After a crash something is sent again, and the API knows it by its id.
        }
    }

    /// <summary>Makes what was appended survive a loss of power.</summary>
    public void Flush()
    {
        FileStream? file;
        lock (_gate)
        {
            if (!_dirty)
                return;
            _dirty = false;
            file = _active;
        }
        // Outside the lock: a slow disk must not keep a message waiting.
        try
        {
            if (file is not null)
                RandomAccess.FlushToDisk(file.SafeFileHandle);
        }
        catch (ObjectDisposedException)
        {
            // The segment was closed meanwhile, and flushed before.
        }
    }

    /// <summary>Lets go of the folder; removes it if everything in it is confirmed.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _active?.Dispose();
            _active = null;
            try
            {
                if (_cursor.CompareTo(_end) >= 0)
                    Directory.Delete(_path, recursive: true);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // The process that adopts it finds it empty.
            }
            _lock.Dispose();
        }
    }

    private SpoolPosition NextSegment(SpoolPosition position)
    {
        lock (_gate)
            return new(_segments.Find(number => number > position.Segment) is var next and > 0 ? next : _end.Segment, 0);
    }

    private void Roll()
    {
        if (_active is not null)
        {
            RandomAccess.FlushToDisk(_active.SafeFileHandle);
            _active.Dispose();
            _active = null;
            _end = new(_end.Segment + 1, 0);
        }
        _others = _othersSize();
        _active = SpoolFiles.Create(SpoolFiles.Segment(_path, _end.Segment), FileMode.CreateNew, FileShare.ReadWrite | FileShare.Delete);
        _segments.Add(_end.Segment);
    }

    /// <summary>Takes a write back that went wrong half-way.</summary>
    private void CutBack()
    {
        try
        {
            if (_active is not null)
                RandomAccess.SetLength(_active.SafeFileHandle, _end.Offset);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The next record is written over it.
        }
    }

    /// <summary>Deletes segments that are behind the cursor; moves the cursor over those that are missing.</summary>
    private void PassSegments()
    {
        while (_segments.Count > 0 && _segments[0] < _cursor.Segment)
        {
            var file = new FileInfo(SpoolFiles.Segment(_path, _segments[0]));
            var length = file.Exists ? file.Length : 0;
            file.Delete();
            _size -= length;
            _segments.RemoveAt(0);
        }
        var first = _segments.Count > 0 ? _segments[0] : _end.Segment;
        if (_cursor.Segment < first)
            _cursor = new(first, 0);
    }
}
