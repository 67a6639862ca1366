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

    private const int MostPooled = 32;
    private readonly byte* _start;

    // The chunk given back last is taken first: it is still in the processor's cache.
    private static readonly ConcurrentStack<Chunk> Pool = new();
    private static int Pooled;
    private int _references = 1;

    private Chunk() => _start = (byte*)NativeMemory.Alloc(Size);

    /// <summary>The memory; not to be touched without a reference.</summary>
    public Span<byte> Bytes => new(_start, Size);

    /// <summary>A chunk with one reference, the caller's.</summary>
    public static Chunk Rent()
    {
        if (!Pool.TryPop(out var chunk)) return new Chunk();
        Interlocked.Decrement(ref Pooled);
        chunk._references = 1;
        return chunk;
    }

    /// <summary>Adds a reference.</summary>
    public void Retain() => Interlocked.Increment(ref _references);

    /// <summary>Drops a reference.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) != 0) return;
        if (Volatile.Read(ref Pooled) < MostPooled)
        {
            Interlocked.Increment(ref Pooled);
            Pool.Push(this);
        }
        else NativeMemory.Free(_start);
    }
}
