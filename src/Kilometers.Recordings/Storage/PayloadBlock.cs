using System.IO.Compression;
using Kilometers.Sqlite;

namespace Kilometers.Recordings.Storage;

/// <summary>
/// Payloads of one session, one after the other, compressed together with Brotli: alone they are too short to be compressed well. While a
/// block fills, each transaction adds what came as a part; when it is full, <c>blocks.data</c> replaces the parts.
/// </summary>
internal static class PayloadBlock
{
    /// <summary>A block with as much is closed. More compresses little better, and each look at a payload decompresses its block.</summary>
    public const int FullSize = 256 * 1024;

    /// <summary>More than any message that km keeps whole: a longer block is damaged.</summary>
    public const int MaxSize = 256 << 20;

    // Measured on whole blocks of the traffic of bench/RecorderBench: quality 1 is 2.9 ns per byte for a ratio of 0.166, 2 is 5.9 for 0.156,
    // 4 is 8.4 for 0.145, 5 is 16 for 0.133; Deflate at its fastest is 4.6 for 0.294. Rows and index take as much again, so a file is 0.33 of
    // what passed, not 0.31.
    private const int Quality = 1;
    private const int WindowBits = 18;

    /// <summary>Compresses a block or a part of one.</summary>
    /// <param name="content">What it holds.</param>
    /// <param name="buffer">Receives the result, from its start.</param>
    /// <returns>The length of the result.</returns>
    public static int Compress(ReadOnlySpan<byte> content, ref byte[] buffer)
    {
        var max = BrotliEncoder.GetMaxCompressedLength(content.Length);
        if (buffer.Length < max)
            buffer = new byte[max];
        return BrotliEncoder.TryCompress(content, buffer, out var length, Quality, WindowBits)
            ? length
            : throw new InvalidOperationException("A block does not fit its buffer.");
    }

    /// <exception cref="RecordingException">The block is damaged.</exception>
    public static byte[] Decompress(ReadOnlySpan<byte> data, long rawBytes)
    {
        if (rawBytes is < 0 or > MaxSize)
            throw Damaged();
        var content = new byte[rawBytes];
        return BrotliDecoder.TryDecompress(data, content, out var length) && length == rawBytes ? content : throw Damaged();
    }

    private static RecordingException Damaged() => new(SqliteFault.Damaged, "A block of payloads is damaged");
}
