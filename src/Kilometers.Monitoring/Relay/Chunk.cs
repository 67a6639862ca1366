using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Kilometers.Monitoring.Relay;

/// <summary>
/// A piece of memory that a pump reads into and the tap may hold on to: what is observed is not copied on the relay's thread. Counted
/// references; the last one gives it back to a small pool. Native memory: a burst that waits for the observer is given back to the
/// system when it is over, and costs no garbage collection.
/// </summary>
public sealed unsafe class Chunk
{
    /// <summary>Bytes in a chunk: two full pipe reads.</summary>
    public const int Size = 128 * 1024;

    /// <summary>
    /// A chunk begins where a page does, and so does what follows a large piece of it: a pipe's pages are copied several times slower to
    /// addresses that lie a little further in their page than the source in its own (bench/relay.sh: a fifth of the throughput).
    /// </summary>
    private const int PageSize = 4096;

    /// <summary>What a small piece is rounded up to; it counts as much for the tap (<c>Piece.Overhead</c>).</summary>
    private const int LineSize = 64;

    private const int MaxPooled = 32;
    private readonly byte* _start;

    // The chunk given back last is taken first: it is still in the processor's cache.
    private static readonly ConcurrentStack<Chunk> Pool = new();
    private static int Pooled;
    private int _references = 1;

    private Chunk() => _start = (byte*)NativeMemory.AlignedAlloc(Size, PageSize);

    /// <summary>The memory; not to be touched without a reference.</summary>
    public Span<byte> Bytes => new(_start, Size);

    /// <summary>Where the next piece goes.</summary>
    /// <param name="offset">Where a piece ends.</param>
    /// <param name="length">How many bytes it has.</param>
    public static int After(int offset, int length)
    {
        var grain = length >= PageSize ? PageSize : LineSize;
        return (offset + grain - 1) / grain * grain;
    }

    /// <summary>A chunk with one reference, the caller's.</summary>
    public static Chunk Rent()
    {
        if (!Pool.TryPop(out var chunk))
            return new Chunk();
        Interlocked.Decrement(ref Pooled);
        chunk._references = 1;
        return chunk;
    }

    /// <summary>Adds a reference.</summary>
    public void Retain() => Interlocked.Increment(ref _references);

    /// <summary>Drops a reference.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) != 0)
            return;
        if (Volatile.Read(ref Pooled) < MaxPooled)
        {
            Interlocked.Increment(ref Pooled);
            Pool.Push(this);
        }
        else
            NativeMemory.AlignedFree(_start);
    }
}
