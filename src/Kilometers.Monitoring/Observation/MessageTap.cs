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
public sealed class MessageTap : IByteObserver, IDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(2);
    private readonly SessionObserver _observer;
    private readonly long _limit;
    private readonly Lock _gate = new();
    private readonly AutoResetEvent _wake = new(false);
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly bool[] _missing = new bool[3];
    private List<Piece> _waiting = new(256);
    private List<Piece> _working = new(256);
    private long _waitingBytes;
    private bool _idle = true;
    private bool _closing;

    /// <summary>Creates the tap; <see cref="Start"/> starts its thread.</summary>
    /// <param name="observer">Makes messages of the bytes, on the tap's thread.</param>
    /// <param name="limit">How many bytes may wait for it.</param>
    public MessageTap(SessionObserver observer, long limit)
    {
        _observer = observer;
        _limit = limit;
    }

    /// <summary>Bytes that the observer missed because it could not keep up.</summary>
    public long MissedBytes { get; private set; }

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

    /// <summary>Completes when all that was added until now has been observed, and stops the thread.</summary>
    public Task CompleteAsync()
    {
        lock (_gate) _closing = true;
        _wake.Set();
        return _completed.Task;
    }

    /// <inheritdoc/>
    public void Dispose() => _wake.Dispose();

    private bool Add(in Piece piece)
    {
        bool wake;
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
            wake = _idle || _waitingBytes > _limit / 4;
            if (wake) _idle = false;
        }

        if (wake) _wake.Set();
        return true;
    }

    private void Run()
    {
        Scheduling.LowerThisThread(SessionObserver.Nice);
        try
        {
            while (TakeAll(out var last))
            {
                foreach (var piece in _working)
                {
                    _observer.Observe(piece);
                    piece.Chunk?.Release();
                }

                if (_working.Count > 0 && !last) _wake.WaitOne(Beat);
                else if (last) break;
            }
        }
        finally
        {
            _completed.TrySetResult();
        }
    }

    /// <summary>Takes all that waits, after a long wait if nothing does.</summary>
    private bool TakeAll(out bool last)
    {
        while (true)
        {
            lock (_gate)
            {
                _working.Clear();
                (_waiting, _working) = (_working, _waiting);
                _waitingBytes = 0;
                last = _closing;
                if (_working.Count > 0 || last)
                {
                    _idle = false;
                    return true;
                }

                _idle = true;
            }

            _wake.WaitOne();
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
