using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Kilometers.Audit.Storage;

/// <summary>The lines of a log, from either end, without ever holding much of it.</summary>
internal static class LogLines
{
    private const int ChunkSize = 16 * 1024;

    /// <summary>Where the last whole line ends: behind the last newline, or at 0.</summary>
    public static long EndOfLast(SafeFileHandle file, long length)
    {
        var chunk = new byte[ChunkSize];
        for (var end = length; end > 0; )
        {
            var start = Math.Max(0, end - ChunkSize);
            var piece = chunk.AsSpan(0, (int)(end - start));
            Fill(file, piece, start);
            if (piece.LastIndexOf((byte)'\n') is var newline and >= 0)
                return start + newline + 1;
            end = start;
        }

        return 0;
    }

    /// <summary>The SHA-256 of a part of the file, lower-case hexadecimal digits.</summary>
    public static string HashOf(SafeFileHandle file, long start, long end)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var chunk = new byte[ChunkSize];
        while (start < end)
        {
            var piece = chunk.AsSpan(0, (int)Math.Min(ChunkSize, end - start));
            Fill(file, piece, start);
            hash.AppendData(piece);
            start += piece.Length;
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The lines before <paramref name="end"/>, last first, without their newlines.</summary>
    /// <param name="file">The log.</param>
    /// <param name="end">0, or behind a newline.</param>
    /// <exception cref="IOException">A line is too long to be ours.</exception>
    public static IEnumerable<ReadOnlyMemory<byte>> Backward(SafeFileHandle file, long end)
    {
        var start = end;
        ReadOnlyMemory<byte> held = default;
        while (true)
        {
            if (held.Length > 0 && held.Span[..^1].LastIndexOf((byte)'\n') is var newline and >= 0)
            {
                yield return held[(newline + 1)..^1];
                held = held[..(newline + 1)];
                continue;
            }

            if (start == 0)
            {
                if (held.Length > 0)
                    yield return held[..^1];
                yield break;
            }

            if (held.Length > LogFormat.MaxLine)
                throw new IOException("A line of the audit log is too long to be a record.");
            var size = (int)Math.Min(ChunkSize, start);
            var more = new byte[size + held.Length];
            start -= size;
            Fill(file, more.AsSpan(0, size), start);
            held.CopyTo(more.AsMemory(size));
            held = more;
        }
    }

    /// <summary>The lines up to <paramref name="length"/>, first one first.</summary>
    public static IEnumerable<LogLine> Forward(SafeFileHandle file, long length)
    {
        var buffer = new byte[LogFormat.MaxLine + 1];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long offset = 0,
            number = 0;
        int begin = 0,
            filled = 0;
        var isTooLong = false;
        while (true)
        {
            var newline = buffer.AsSpan(begin, filled - begin).IndexOf((byte)'\n');
            if (newline >= 0)
            {
                var bytes = buffer.AsMemory(begin, newline);
                hash.AppendData(bytes.Span);
                yield return new LogLine(
                    ++number,
                    isTooLong ? default(ReadOnlyMemory<byte>?) : bytes,
                    Convert.ToHexStringLower(hash.GetHashAndReset()),
                    IsComplete: true
                );
                begin += newline + 1;
                isTooLong = false;
                continue;
            }

            if (begin == 0 && filled == buffer.Length)
            {
                hash.AppendData(buffer);
                isTooLong = true;
                filled = 0;
            }

            buffer.AsSpan(begin, filled - begin).CopyTo(buffer);
            filled -= begin;
            begin = 0;
            var read = RandomAccess.Read(file, buffer.AsSpan(filled, (int)Math.Min(buffer.Length - filled, length - offset)), offset);
            if (read == 0)
                break;
            offset += read;
            filled += read;
        }

        if (filled > 0 || isTooLong)
            yield return new LogLine(++number, null, "", IsComplete: false);
    }

    private static void Fill(SafeFileHandle file, Span<byte> bytes, long offset)
    {
        while (!bytes.IsEmpty)
        {
            var read = RandomAccess.Read(file, bytes, offset);
            if (read == 0)
                throw new EndOfStreamException("The audit log became shorter while it was read.");
            bytes = bytes[read..];
            offset += read;
        }
    }
}

/// <summary>One line.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Bytes">Without the newline, until the next line is asked for; null if it is too long to be a record, or has no end.</param>
/// <param name="Hash">SHA-256 of all its bytes, lower-case hexadecimal digits; empty if it has no end.</param>
/// <param name="IsComplete">Whether it ends with a newline.</param>
internal readonly record struct LogLine(long Number, ReadOnlyMemory<byte>? Bytes, string Hash, bool IsComplete);
