using System.Buffers.Binary;
using System.Numerics;

namespace Kilometers.Plugins.ApiLogger.Spooling;

/// <summary>
/// A record of a segment file: four bytes that occur in no UTF-8, the content's length, the CRC-32C of length and content, each
/// little-endian, and the content. So a reader finds the next whole record behind a damaged one.
/// </summary>
internal static class RecordFormat
{
    public const int HeaderSize = 12;

    private static ReadOnlySpan<byte> Magic => [0xFF, (byte)'K', (byte)'M', 0x01];

    public static byte[] Header(ReadOnlySpan<byte> content)
    {
        var header = new byte[HeaderSize];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4), content.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), Checksum(content));
        return header;
    }

    /// <summary>What stands at the beginning of some bytes of a segment.</summary>
    /// <param name="bytes">The bytes, up to the segment's end or a part of them.</param>
    /// <param name="toEnd">Whether they reach the segment's end.</param>
    public static RecordScan Next(ReadOnlySpan<byte> bytes, bool toEnd)
    {
        var damaged = 0;
        for (var start = 0; ; damaged = 1)
        {
            var rest = bytes[start..];
            switch (Look(rest, out var length))
            {
                case Found.Whole:
                    return new(start + HeaderSize, length, start + HeaderSize + length, damaged, IsWhole: true);
                case Found.Cut when !toEnd:
                    return new(0, 0, start, damaged, IsWhole: false);
            }
            // A write that a crash interrupted leaves the segment's end without a record behind it, and so no damage.
            var next = rest.IsEmpty ? -1 : rest[1..].IndexOf(Magic);
            if (next >= 0)
                start += 1 + next;
            else if (toEnd)
                return new(0, 0, bytes.Length, IsComplete(rest) ? 1 : damaged, IsWhole: false);
            else
                return new(0, 0, start, damaged, IsWhole: false);
        }
    }

    private static Found Look(ReadOnlySpan<byte> bytes, out int length)
    {
        length = 0;
        if (bytes.Length < HeaderSize)
            return Found.Cut;
        if (!bytes.StartsWith(Magic))
            return Found.Nothing;
        length = BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]);
        if (length < 0)
            return Found.Nothing;
        if (length > bytes.Length - HeaderSize)
            return Found.Cut;
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) == Checksum(bytes.Slice(HeaderSize, length))
            ? Found.Whole
            : Found.Nothing;
    }

    /// <summary>Whether a record was written to its end, whatever became of it since.</summary>
    private static bool IsComplete(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= HeaderSize && bytes.StartsWith(Magic) && Look(bytes, out _) == Found.Nothing;

    private static uint Checksum(ReadOnlySpan<byte> content)
    {
        var crc = BitOperations.Crc32C(uint.MaxValue, (uint)content.Length);
        for (; content.Length >= sizeof(ulong); content = content[sizeof(ulong)..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(content));
        foreach (var value in content)
            crc = BitOperations.Crc32C(crc, value);
        return ~crc;
    }

    private enum Found
    {
        Nothing,
        Cut,
        Whole,
    }
}

/// <summary>What <see cref="RecordFormat.Next"/> found.</summary>
/// <param name="Start">Where the content begins.</param>
/// <param name="Length">The content's length.</param>
/// <param name="End">Where to go on: behind the record, or where more bytes are needed.</param>
/// <param name="Damaged">How many damaged places were passed over.</param>
/// <param name="IsWhole">Whether there is a record.</param>
internal readonly record struct RecordScan(int Start, int Length, int End, int Damaged, bool IsWhole);
