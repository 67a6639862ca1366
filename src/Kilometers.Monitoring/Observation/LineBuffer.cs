using System.Runtime.InteropServices;

namespace Kilometers.Monitoring.Observation;

/// <summary>
/// The pieces of one line, put together. Native memory: a line of many megabytes grows without being copied (the system moves its pages),
/// and neither its growth nor its end is work for the garbage collector, which would stop the relay.
/// </summary>
internal sealed unsafe class LineBuffer
{
    private byte* _start;
    private nuint _capacity;

    ~LineBuffer() => NativeMemory.Free(_start);

    /// <summary>How many bytes it holds.</summary>
    public int Length { get; private set; }

    /// <summary>They; valid until the next change.</summary>
    public ReadOnlySpan<byte> Bytes => new(_start, Length);

    public void Append(ReadOnlySpan<byte> bytes)
    {
        var needed = (nuint)(Length + bytes.Length);
        if (needed > _capacity)
        {
            var capacity = Math.Max(needed, _capacity * 2);
            _start = (byte*)NativeMemory.Realloc(_start, capacity);
            _capacity = capacity;
        }

        bytes.CopyTo(new Span<byte>(_start + Length, bytes.Length));
        Length += bytes.Length;
    }

    /// <summary>Keeps the first bytes only.</summary>
    /// <param name="length">How many.</param>
    public void CutTo(int length) => Length = length;

    /// <summary>Gives back the memory beyond this many bytes; nothing that it holds may lie beyond.</summary>
    /// <param name="most">How many bytes of memory it may keep.</param>
    public void Shrink(int most)
    {
        if (_capacity <= (nuint)most)
            return;
        _start = (byte*)NativeMemory.Realloc(_start, (nuint)most);
        _capacity = (nuint)most;
    }
}
