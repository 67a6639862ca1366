using System.Collections.Concurrent;

namespace Kilometers.Monitoring.Relay;

/// <summary>
/// A piece of memory that a pump reads into and the tap may hold on to: what is observed is not copied on the relay's thread. Counted
/// references; the last one gives it back to a small pool.
/// </summary>
public sealed class Chunk
{
    /// <summary>Bytes in a chunk: two full pipe reads.</summary>
    public const int Size = 128 * 1024;

    private const int MostPooled = 32;
    private static readonly ConcurrentQueue<Chunk> Pool = new();
    private int _references = 1;

    private Chunk()
    {
    }

    /// <summary>The memory.</summary>
    public byte[] Bytes { get; } = GC.AllocateUninitializedArray<byte>(Size, pinned: true);

    /// <summary>A chunk with one reference, the caller's.</summary>
    public static Chunk Rent()
    {
        if (!Pool.TryDequeue(out var chunk)) return new Chunk();
        chunk._references = 1;
        return chunk;
    }

    /// <summary>Adds a reference.</summary>
    public void Retain() => Interlocked.Increment(ref _references);

    /// <summary>Drops a reference.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0 && Pool.Count < MostPooled) Pool.Enqueue(this);
    }
}
