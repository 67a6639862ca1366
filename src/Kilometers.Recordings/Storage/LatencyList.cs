using System.Buffers;

namespace Kilometers.Recordings.Storage;

/// <summary>Latencies in microseconds, one after the other: each as unsigned LEB128, which is 2 or 3 bytes for most.</summary>
/// <param name="bytes">The bytes.</param>
internal ref struct LatencyList(ReadOnlySpan<byte> bytes)
{
    private const int MaxLength = 9;

    private ReadOnlySpan<byte> _rest = bytes;

    public long Current { get; private set; }

    public readonly bool IsEmpty => _rest.IsEmpty;

    public static void Add(ArrayBufferWriter<byte> writer, long latency)
    {
        var left = (ulong)Math.Max(0, latency);
        var target = writer.GetSpan(MaxLength);
        var length = 0;
        for (; left >= 0x80; left >>= 7)
            target[length++] = (byte)(left | 0x80);
        target[length++] = (byte)left;
        writer.Advance(length);
    }

    public readonly LatencyList GetEnumerator() => this;

    /// <returns>False at the end, and where the bytes are damaged.</returns>
    public bool MoveNext()
    {
        var value = 0UL;
        for (var at = 0; at < _rest.Length && at < MaxLength; at++)
        {
            value |= (ulong)(_rest[at] & 0x7f) << (7 * at);
            if (_rest[at] >= 0x80)
                continue;
            Current = (long)value;
            _rest = _rest[(at + 1)..];
            return true;
        }

        return false;
    }
}
