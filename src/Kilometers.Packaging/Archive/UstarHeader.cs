using System.Text;

namespace Kilometers.Packaging.Archive;

/// <summary>
/// The one header that a member of a package or a file of a payload may have: ustar (POSIX.1-1988), regular file, mode 0644 or 0755, no
/// owner, time zero. A header is accepted only if it equals, byte for byte, the one that we would have written: so no reader of tar's
/// many extensions is exposed to anything.
/// </summary>
internal static class UstarHeader
{
    public const int Size = 512;

    /// <param name="header">Gets the bytes.</param>
    /// <param name="name">At most 100 ASCII characters.</param>
    /// <param name="size">Below 8 GiB.</param>
    /// <param name="isExecutable">Whether its mode is 0755, else 0644.</param>
    public static void Write(Span<byte> header, string name, long size, bool isExecutable = false)
    {
        header[..Size].Clear();
        Encoding.ASCII.GetBytes(name, header);
        (isExecutable ? "0000755\0"u8 : "0000644\0"u8).CopyTo(header[100..]);
        "0000000\0"u8.CopyTo(header[108..]);
        "0000000\0"u8.CopyTo(header[116..]);
        Octal(header.Slice(124, 12), size);
        "00000000000\0"u8.CopyTo(header[136..]);
        header.Slice(148, 8).Fill((byte)' ');
        header[156] = (byte)'0';
        "ustar\0"u8.CopyTo(header[257..]);
        "00"u8.CopyTo(header[263..]);
        "0000000\0"u8.CopyTo(header[329..]);
        "0000000\0"u8.CopyTo(header[337..]);
        var sum = 0;
        foreach (var b in header[..Size])
            sum += b;
        WriteChecksum(header, sum);
    }

    /// <returns>The member's size; -1 if the header is not the one of this name.</returns>
    public static long Read(ReadOnlySpan<byte> header, string name)
    {
        var size = 0L;
        foreach (var b in header.Slice(124, 11))
        {
            if (b is < (byte)'0' or > (byte)'7')
                return -1;
            size = (size << 3) + (b - '0');
        }

        Span<byte> expected = stackalloc byte[Size];
        Write(expected, name, size);
        return header.SequenceEqual(expected) ? size : -1;
    }

    /// <summary>How many zeros follow a member of this size.</summary>
    public static int Padding(long size) => (int)((Size - (size % Size)) % Size);

    /// <summary>Whether two headers are the same but for size and mode: the header of the same file, changed.</summary>
    public static bool IsSameFile(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other) =>
        one[..100].SequenceEqual(other[..100])
        && one[108..124].SequenceEqual(other[108..124])
        && one[136..148].SequenceEqual(other[136..148])
        && one[156..Size].SequenceEqual(other[156..Size]);

    private static void WriteChecksum(Span<byte> header, int sum)
    {
        for (var i = 5; i >= 0; i--, sum >>= 3)
            header[148 + i] = (byte)('0' + (sum & 7));
        header[154] = 0;
        header[155] = (byte)' ';
    }

    private static void Octal(Span<byte> field, long value)
    {
        for (var i = field.Length - 2; i >= 0; i--, value >>= 3)
            field[i] = (byte)('0' + (value & 7));
        field[^1] = 0;
    }
}
