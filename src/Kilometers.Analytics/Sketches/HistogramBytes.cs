using System.Buffers.Binary;

namespace Kilometers.Analytics.Sketches;

/// <summary>
/// A histogram as the file has it (docs/see/analytics-schema.md): numbers as LEB128, those with a sign as zigzag, doubles as little-endian.
/// Without values it is empty.
/// </summary>
public static class HistogramBytes
{
    private const byte Version = 1;
    private const int MaxNumber = 10;

    /// <summary>Writes one.</summary>
    public static byte[] Write(ExponentialHistogram histogram)
    {
        ArgumentNullException.ThrowIfNull(histogram);
        if (histogram.Count == 0)
            return [];
        var bytes = new List<byte>(64) { Version };
        AddSigned(bytes, histogram.Scale);
        Add(bytes, (ulong)histogram.ZeroCount);
        Span<byte> value = stackalloc byte[sizeof(double)];
        foreach (var number in (ReadOnlySpan<double>)[histogram.Sum, histogram.Min, histogram.Max])
        {
            BinaryPrimitives.WriteDoubleLittleEndian(value, number);
            bytes.AddRange(value);
        }

        AddSigned(bytes, histogram.Offset);
        Add(bytes, (ulong)histogram.Buckets.Length);
        foreach (var count in histogram.Buckets)
            Add(bytes, (ulong)count);
        return [.. bytes];
    }

    /// <summary>Reads one.</summary>
    /// <returns>Null where the bytes are not a histogram.</returns>
    public static ExponentialHistogram? Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return new();
        if (bytes[0] != Version)
            return null;
        bytes = bytes[1..];
        if (Signed(ref bytes) is not { } scale || Number(ref bytes) is not { } zeros || bytes.Length < 3 * sizeof(double))
            return null;
        var sum = BinaryPrimitives.ReadDoubleLittleEndian(bytes);
        var min = BinaryPrimitives.ReadDoubleLittleEndian(bytes[sizeof(double)..]);
        var max = BinaryPrimitives.ReadDoubleLittleEndian(bytes[(2 * sizeof(double))..]);
        bytes = bytes[(3 * sizeof(double))..];
        if (Signed(ref bytes) is not { } offset || Number(ref bytes) is not (<= ExponentialHistogram.MaxBuckets and var length))
            return null;
        var buckets = new long[length];
        for (var at = 0; at < buckets.Length; at++)
        {
            if (Number(ref bytes) is not { } count)
                return null;
            buckets[at] = count;
        }

        return bytes.IsEmpty && scale is >= int.MinValue and <= int.MaxValue && offset is >= int.MinValue and <= int.MaxValue
            ? ExponentialHistogram.Restore((int)scale, zeros, sum, min, max, (int)offset, buckets)
            : null;
    }

    private static void AddSigned(List<byte> bytes, long number) => Add(bytes, (ulong)((number << 1) ^ (number >> 63)));

    private static void Add(List<byte> bytes, ulong number)
    {
        for (; number >= 0x80; number >>= 7)
            bytes.Add((byte)(number | 0x80));
        bytes.Add((byte)number);
    }

    private static long? Signed(ref ReadOnlySpan<byte> bytes) =>
        Unsigned(ref bytes) is { } number ? (long)(number >> 1) ^ -(long)(number & 1) : null;

    /// <returns>Null at the end, and for what is more than a long holds.</returns>
    private static long? Number(ref ReadOnlySpan<byte> bytes) =>
        Unsigned(ref bytes) is <= long.MaxValue and var number ? (long)number : null;

    private static ulong? Unsigned(ref ReadOnlySpan<byte> bytes)
    {
        var number = 0UL;
        for (var at = 0; at < bytes.Length && at < MaxNumber; at++)
        {
            number |= (ulong)(bytes[at] & 0x7f) << (7 * at);
            if (bytes[at] >= 0x80)
                continue;
            bytes = bytes[(at + 1)..];
            return number;
        }

        return null;
    }
}
