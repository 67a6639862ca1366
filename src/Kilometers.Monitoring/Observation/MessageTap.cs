using Kilometers.Monitoring.Relay;
using Kilometers.Processes;

namespace Kilometers.Monitoring.Observation;

/// <summary>
/// Between the relay's threads and the observer's own: keeps chunks in order, bounded, and never makes the relay wait. What does not
/// fit is missed, counted, and told to the observer at its place.
/// <para>
/// While traffic flows the observer is not woken for each chunk: it looks every <see cref="Beat"/>, unless much is waiting. Waking a
/// thread costs the relay more than everything else here, and on a small machine the observer would take a core from the session.
/// </para>
/// </summary>
public sealed class MessageTap : IByteObserver
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan GiveUpLimit = TimeSpan.FromMilliseconds(100);
    private readonly SessionObserver _observer;
    private readonly long _limit;
    private readonly TimeProvider _time;
    private readonly object _gate = new();
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly bool[] _missing = new bool[3];
    private List<Piece> _waiting = new(256);
    private List<Piece> _working = new(256);
    private long _waitingBytes;
    private bool _idle = true;
    private bool _woken;
    private bool _closing;
    private volatile bool _givenUp;

    /// <summary>Creates the tap; <see cref="Start"/> starts its thread.</summary>
    /// <param name="observer">Makes messages of the bytes, on the tap's thread.</param>
    /// <param name="limit">How many bytes may wait for it.</param>
    /// <param name="timeProvider">The clock.</param>
    public MessageTap(SessionObserver observer, long limit, TimeProvider timeProvider)
    {
        _observer = observer;
        _limit = limit;
        _time = timeProvider;
    }

    /// <summary>Bytes that the observer missed because it could not keep up.</summary>
    public long MissedBytes { get; private set; }

    /// <summary>Bytes, and a little for each piece, that wait for the observer.</summary>
    public long Waiting
    {
        get
        {
            lock (_gate) return _waitingBytes;
        }
    }

    /// <summary>Starts the observer's thread.</summary>
    public void Start() => new Thread(Run) { IsBackground = true, Name = "observer" }.Start();

    /// <inheritdoc/>
    public void OnBytes(Channel channel, Chunk chunk, int offset, int length, long timestamp)
    {
        // :: Step 3 — nothing is copied and nobody waits; the chunk is held until the observer has seen it.
        chunk.Retain();
        if (!Add(new Piece(channel, chunk, offset, length, timestamp))) chunk.Release();
    }

    /// <inheritdoc/>
    public void OnEnd(Channel channel, long timestamp) => Add(new Piece(channel, null, 0, 0, timestamp));

    /// <summary>Lets the observer finish with all that was added until now, and stops its thread.</summary>
    /// <param name="limit">When to give up on the rest, which then counts as missed.</param>
    public async Task CompleteAsync(TimeSpan limit)
    {
        lock (_gate)
        {
            _closing = true;
            Wake();
        }

        try
        {
            await _completed.Task.WaitAsync(limit, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // It stops after the piece that it has in hand.
            _givenUp = true;
            await Task.WhenAny(_completed.Task, Task.Delay(GiveUpLimit, _time)).ConfigureAwait(false);
        }
    }

    private bool Add(in Piece piece)
    {
        lock (_gate)
        {
            // The end of a stream, which has no bytes, always fits.
            if (piece.Length > 0 && (_waitingBytes + piece.Length > _limit || _closing))
            {
                MissedBytes += piece.Length;
                _missing[(int)piece.Channel] = true;
                return false;
            }

            _waiting.Add(piece with { AfterGap = _missing[(int)piece.Channel] });
            _missing[(int)piece.Channel] = false;

            // Tiny pieces cost more than their bytes.
            _waitingBytes += piece.Length + Piece.Overhead;
            if (_idle || _waitingBytes > _limit / 4) Wake();
            return true;
        }
    }

    /// <summary>Call under the lock. A wake that the observer has not followed yet is not repeated.</summary>
    private void Wake()
    {
        if (_woken) return;
        _woken = true;
        Monitor.Pulse(_gate);
    }

    private void Run()
    {
        Scheduling.LowerThisThread(SessionObserver.Nice);
        try
        {
            while (TakeAll())
            {
                foreach (var piece in _working)
                {
                    if (_givenUp) MissedBytes += piece.Length;
                    else _observer.Observe(piece);
                    piece.Chunk?.Release();
                }
            }
        }
        finally
        {
            _completed.TrySetResult();
        }
    }

    /// <summary>Takes all that waits: after a beat if there was something just now, else as soon as there is something.</summary>
    /// <returns>False when the tap is closing and nothing waits.</returns>
    private bool TakeAll()
    {
        lock (_gate)
        {
            if (_working.Count > 0 && !_closing && !_woken) Monitor.Wait(_gate, Beat);
            _idle = true;
            while (_waiting.Count == 0 && !_closing)
            {
                _woken = false;
                Monitor.Wait(_gate);
            }

            _idle = _woken = false;
            _working.Clear();
            (_waiting, _working) = (_working, _waiting);
            _waitingBytes = 0;
            return _working.Count > 0;
        }
    }
}

/// <summary>Some bytes of one stream, or its end.</summary>
/// <param name="Channel">The stream.</param>
/// <param name="Chunk">Holds the bytes; null at the end of the stream.</param>
/// <param name="Offset">Where they start.</param>
/// <param name="Length">How many.</param>
/// <param name="Timestamp">When they were read.</param>
public readonly record struct Piece(Channel Channel, Chunk? Chunk, int Offset, int Length, long Timestamp)
{
    /// <summary>What a piece counts beside its bytes.</summary>
    public const int Overhead = 64;

    /// <summary>Whether bytes of this stream before these were missed.</summary>
    public bool AfterGap { get; init; }
}
