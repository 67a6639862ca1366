using Kilometers.Contracts;
using Kilometers.Monitoring.Observation;

namespace Kilometers.PluginHost.Spilling;

/// <summary>
/// What does not fit in a plugin's queue any more, where its delivery is guaranteed: first a short row in memory and, when that is long
/// enough, a file. It comes back in order when the queue has room. A task of its own does that. What observes waits for it, while the ring
/// keeps what comes (<see cref="WaitForRoom"/>); what finds the disk full, or one that does nothing, is refused, and the queue drops and
/// counts it as ever.
/// </summary>
internal sealed class Overflow : IAsyncDisposable
{
    private const long MaxBlock = 256 * 1024;

    /// <summary>A disk that hangs must not keep the session from ending.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromMilliseconds(200);

    private readonly IOverflowing _queue;
    private readonly Func<SpillFile> _create;
    private readonly Action<KmError> _report;
    private readonly Func<string> _label;
    private readonly long _rowLimit;
    private readonly long _blockWeight;
    private readonly SemaphoreSlim _work = new(0, 1);
    private readonly CancellationTokenSource _ending = new();
    private readonly LinkedList<ObservedItem> _row = new();
    private readonly Queue<StoredBlock> _stored = new();
    private readonly ManualResetEventSlim _moved = new();
    private SpillFile? _file;
    private Task _working = Task.CompletedTask;
    private long _rowWeight;
    private long _count;
    private long _moves;
    private long _stalledAt = -1;
    private bool _isWorking;
    private bool _isBlocked;
    private bool _isReported;
    private int _life;
    private int _fileLife;

    /// <param name="queue">Whose it is.</param>
    /// <param name="rowLimit">The most weight in memory.</param>
    /// <param name="create">Makes the file, when it is first needed.</param>
    /// <param name="label">The plugin, for what is reported.</param>
    /// <param name="report">Hears, once, that something could not be kept.</param>
    public Overflow(IOverflowing queue, long rowLimit, Func<SpillFile> create, Func<string> label, Action<KmError> report)
    {
        _queue = queue;
        _rowLimit = rowLimit;
        _blockWeight = Math.Min(MaxBlock, rowLimit / 2);
        _create = create;
        _label = label;
        _report = report;
    }

    /// <summary>How long the disk may do nothing before nobody waits for it any more.</summary>
    public TimeSpan StallLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Items in it. Under the queue's lock, as all of these.</summary>
    public long Count => _count;

    /// <summary>Bytes in memory.</summary>
    public long RowWeight => Volatile.Read(ref _rowWeight);

    /// <summary>Whether it takes what comes next: behind what is in it already, nothing else may pass.</summary>
    public bool IsActive => _count > 0;

    /// <summary>What stays in the row where the disk keeps up, less than a block, keeps out nothing: one item may go beyond the limit.</summary>
    public bool HasRoom(long weight) => _rowWeight < _blockWeight || _rowWeight + weight <= _rowLimit;

    /// <summary>
    /// Waits until there is room for an item, as long as the disk takes anything: one that is slower than a burst loses nothing of it. Not
    /// under the queue's lock.
    /// </summary>
    public void WaitForRoom(long weight)
    {
        while (true)
        {
            long moves;
            lock (_queue.Gate)
            {
                if (HasRoom(weight) || _isBlocked || !_isWorking || _moves == _stalledAt)
                    return;
                moves = _moves;
                _moved.Reset();
            }

            Wake();
            if (_moved.Wait(StallLimit))
                continue;
            lock (_queue.Gate)
                _stalledAt = moves;
        }
    }

    /// <summary>Puts an item at the end, room or not.</summary>
    public void Add(ObservedItem item)
    {
        _row.AddLast(item);
        _rowWeight += item.Weight;
        _count++;
        Wake();
    }

    /// <summary>Lets everything go.</summary>
    public void Clear()
    {
        _row.Clear();
        _stored.Clear();
        _rowWeight = _count = 0;
        _isBlocked = false;
        _life++;
        Moved();
        Wake();
    }

    /// <summary>The queue has room, or there is something new.</summary>
    public void Wake()
    {
        if (_work.CurrentCount > 0)
            return;
        try
        {
            _work.Release();
        }
        catch (Exception e) when (e is SemaphoreFullException or ObjectDisposedException)
        {
            // Somebody else woke it, or the session ends.
        }
    }

    /// <summary>Begins to work, in the background.</summary>
    public void Start()
    {
        lock (_queue.Gate)
            _isWorking = true;
        _working = Task.Run(async () =>
        {
            try
            {
                while (true)
                {
                    await _work.WaitAsync(_ending.Token).ConfigureAwait(false);
                    while (!_ending.IsCancellationRequested && Step())
                    {
                        // As long as there is something to do.
                    }
                }
            }
            catch (OperationCanceledException)
            {
                // The session ends.
            }
            catch (Exception e)
            {
                // A fault of our own: what is in the row and on disk stays undelivered, which is counted at the end.
                Report(e.ToString());
            }
            finally
            {
                EndWaiting();
            }
        });
    }

    public async ValueTask DisposeAsync()
    {
        EndWaiting();
        await _ending.CancelAsync().ConfigureAwait(false);
        await ((Task)_working.WaitAsync(EndLimit)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // One that still hangs in the disk goes with the process, and its file has no name.
        if (!_working.IsCompleted)
            return;
        _file?.Dispose();
        _work.Dispose();
        _ending.Dispose();
    }

    /// <summary>Moves one batch on: back into the queue, or from the row to the disk.</summary>
    /// <returns>Whether there was one to move.</returns>
    internal bool Step()
    {
        List<ObservedItem>? batch = null;
        int life;
        lock (_queue.Gate)
        {
            life = _life;
            if (_fileLife == life)
            {
                if (_stored.TryPeek(out var block) && _queue.HasRoom(block.Weight))
                {
                    // Read below, outside the lock.
                }
                else if (_stored.Count == 0 && _row.First is { } first && _queue.HasRoom(first.Value.Weight))
                {
                    MoveBack();
                    return true;
                }
                else if (!_isBlocked && _rowWeight >= _blockWeight && _row.Count > 0)
                {
                    batch = TakeBatch();
                }
                else
                {
                    return false;
                }
            }
        }

        if (_fileLife != life)
        {
            _file?.Clear();
            _fileLife = life;
        }
        else if (batch is not null)
        {
            Write(batch, life);
        }
        else
        {
            ReadBack(life);
        }

        return true;
    }

    /// <summary>Under the lock: who waits for room looks again.</summary>
    private void Moved()
    {
        _moves++;
        _moved.Set();
    }

    private void EndWaiting()
    {
        lock (_queue.Gate)
        {
            _isWorking = false;
            Moved();
        }
    }

    private void MoveBack()
    {
        var items = new List<ObservedItem>();
        var weight = 0L;
        while (_row.First is { } next && (items.Count == 0 || _queue.HasRoom(weight + next.Value.Weight)))
        {
            items.Add(next.Value);
            weight += next.Value.Weight;
            _row.RemoveFirst();
        }

        _rowWeight -= weight;
        _count -= items.Count;
        _isBlocked = false;
        Moved();
        _queue.TakeBack(items);
    }

    /// <summary>Their weight counts as the row's until they are on the disk.</summary>
    private List<ObservedItem> TakeBatch()
    {
        var items = new List<ObservedItem>();
        for (
            var weight = 0L;
            _row.First is { } next && (items.Count == 0 || weight + next.Value.Weight <= _blockWeight);
            weight += next.Value.Weight
        )
        {
            items.Add(next.Value);
            _row.RemoveFirst();
        }

        return items;
    }

    private void Write(List<ObservedItem> batch, int life)
    {
        string? why = null;
        try
        {
            using var bytes = new MemoryStream();
            using (var writer = new BinaryWriter(bytes, System.Text.Encoding.UTF8, leaveOpen: true))
                foreach (var item in batch)
                    ItemCodec.Write(writer, item);
            _file ??= _create();
            if (!_file.TryWrite(bytes.GetBuffer().AsSpan(0, (int)bytes.Length)))
                why = "It has reached the limit that policy sets.";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OutOfMemoryException)
        {
            why = e.Message;
        }

        lock (_queue.Gate)
        {
            if (_life != life)
                return;
            if (why is null)
            {
                var block = StoredBlock.Of(batch);
                _stored.Enqueue(block);
                _rowWeight -= block.Weight;
            }
            else
            {
                // Nothing of it is lost: it stays in the row, which takes nothing more.
                for (var i = batch.Count - 1; i >= 0; i--)
                    _row.AddFirst(batch[i]);
                _isBlocked = true;
            }

            Moved();
        }

        if (why is not null)
            Report(why);
    }

    private void ReadBack(int life)
    {
        List<ObservedItem>? items = null;
        string? why = null;
        StoredBlock block;
        lock (_queue.Gate)
        {
            if (_life != life)
                return;
            block = _stored.Peek();
        }

        try
        {
            using var reader = new BinaryReader(new MemoryStream(_file!.Read()));
            items = new List<ObservedItem>(block.Items);
            for (var i = 0; i < block.Items; i++)
                items.Add(ItemCodec.Read(reader));
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException or OutOfMemoryException)
        {
            why = e.Message;
        }

        lock (_queue.Gate)
        {
            if (_life != life)
                return;
            _stored.Dequeue();
            _count -= block.Items;
            _isBlocked = false;
            Moved();
            if (why is null)
                _queue.TakeBack(items!);
            else
                _queue.Lose(block.Items, block.Gap, block.Last);
        }

        if (why is not null)
            Report(why);
    }

    private void Report(string why)
    {
        if (_isReported)
            return;
        _isReported = true;
        _report(
            new KmError(
                ErrorCode.OverflowNotKept,
                $"Not everything that waits for plugin '{_label()}' can be kept on disk; what does not fit is dropped and counted",
                why,
                "Look at the space of km's directory, and at delivery.limitMegabytes: km policy show"
            )
        );
    }

    private readonly record struct StoredBlock(int Items, long Weight, DeliveryGap Gap, (ulong Sequence, TimeSpan Time) Last)
    {
        public static StoredBlock Of(List<ObservedItem> items) =>
            new(
                items.Count,
                items.Sum(item => (long)item.Weight),
                items.Select(item => DeliveryGap.Of(item, DropReason.DiskFailed)).Aggregate((all, next) => all.With(next)),
                (items[^1].Sequence, items[^1].SessionTime)
            );
    }
}
