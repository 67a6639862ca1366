using System.Security.Cryptography;
using Kilometers.Files;
using Microsoft.Win32.SafeHandles;

namespace Kilometers.PluginHost.Spilling;

/// <summary>
/// Blocks of bytes on disk, first in, first out. Traffic holds secrets, so each block is encrypted with a key that is nowhere but in this
/// process, and the files lose their names as soon as they are open: nothing can be found or read when km is gone, however it ended. Where a
/// block begins and ends is kept in memory only, so that nothing on the disk is believed before its seal was checked. Not thread-safe.
/// </summary>
internal sealed class SpillFile : IDisposable
{
    /// <summary>The size from which on another file is begun: a file goes when all of it was read, and with it its room.</summary>
    private const long SegmentSize = 16L << 20;

    private const int SealSize = 16;
    private readonly string _directory;
    private readonly long _limit;
    private readonly AesGcm _cipher;
    private readonly Queue<Segment> _segments = new();
    private readonly Queue<Block> _blocks = new();
    private Segment? _last;
    private ulong _written;
    private long _size;

    /// <param name="directory">Where the files are made, for the user alone; on a disk, not in memory.</param>
    /// <param name="limit">The most bytes on disk.</param>
    public SpillFile(string directory, long limit)
    {
        _directory = directory;
        _limit = limit;
        var key = RandomNumberGenerator.GetBytes(32);
        _cipher = new AesGcm(key, SealSize);
        CryptographicOperations.ZeroMemory(key);
    }

    /// <summary>Whether there is nothing to read.</summary>
    public bool IsEmpty => _blocks.Count == 0;

    /// <inheritdoc/>
    public bool TryWrite(ReadOnlySpan<byte> content)
    {
        var length = content.Length + SealSize;
        if (_size + length > _limit)
            return false;
        var sealedBlock = new byte[length];
        _cipher.Encrypt(Nonce(_written), content, sealedBlock.AsSpan(SealSize), sealedBlock.AsSpan(0, SealSize));
        if (_last is null || _last.End >= SegmentSize)
        {
            // Kept only if the block gets into it: a full disk leaves no empty files behind.
            var next = Open();
            Write(next, sealedBlock);
            _segments.Enqueue(next);
            _last = next;
        }
        else
        {
            Write(_last, sealedBlock);
        }

        _blocks.Enqueue(new Block(_last, _last.End, length, _written++));
        _last.End += length;
        _size += length;
        return true;
    }

    /// <inheritdoc/>
    public byte[] Read()
    {
        var block = _blocks.Dequeue();
        try
        {
            var sealedBlock = new byte[block.Length];
            for (int read = 0, count; read < sealedBlock.Length; read += count)
            {
                count = RandomAccess.Read(block.Segment.File, sealedBlock.AsSpan(read), block.Start + read);
                if (count == 0)
                    throw new InvalidDataException("The file ends before the block does");
            }

            var content = new byte[block.Length - SealSize];
            _cipher.Decrypt(Nonce(block.Number), sealedBlock.AsSpan(SealSize), sealedBlock.AsSpan(0, SealSize), content);
            return content;
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new InvalidDataException("The block was changed", e);
        }
        finally
        {
            Release(block);
        }
    }

    /// <summary>Takes everything away.</summary>
    public void Clear()
    {
        while (_blocks.TryDequeue(out var block))
            Release(block);
    }

    public void Dispose()
    {
        Clear();
        foreach (var segment in _segments)
            segment.File.Dispose();
        _cipher.Dispose();
    }

    private static byte[] Nonce(ulong number)
    {
        var nonce = new byte[12];
        BitConverter.TryWriteBytes(nonce, number);
        return nonce;
    }

    private static void Write(Segment segment, byte[] block)
    {
        // A part of it that gets there before the disk is full lies behind the end and is written over.
        RandomAccess.Write(segment.File, block, segment.End);
    }

    private void Release(Block block)
    {
        block.Segment.Read += block.Length;
        _size -= block.Length;
        while (_segments.TryPeek(out var first) && first.Read == first.End && (first != _last || _blocks.Count == 0))
        {
            _segments.Dequeue().File.Dispose();
            if (first == _last)
                _last = null;
        }
    }

    private Segment Open()
    {
        PrivateFile.CreateTrustedDirectory(_directory);
        var path = Path.Combine(_directory, RandomNumberGenerator.GetHexString(16, lowercase: true));
        if (OperatingSystem.IsWindows())
            return new Segment(File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose));
        var file = PrivateFile.OpenNoFollow(path, FileAccess.ReadWrite, create: true);
        File.Delete(path);
        return new Segment(file);
    }

    private sealed class Segment(SafeFileHandle file)
    {
        public SafeFileHandle File => file;

        /// <summary>Where the next block goes.</summary>
        public long End { get; set; }

        /// <summary>Bytes that were taken away.</summary>
        public long Read { get; set; }
    }

    private readonly record struct Block(Segment Segment, long Start, int Length, ulong Number);
}
