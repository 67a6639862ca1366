using Kilometers.Contracts;

namespace Kilometers.Packaging.Archive;

/// <summary>Lets so many bytes through and no more: a small file that inflates without end is stopped here.</summary>
internal sealed class BoundedStream(Stream inner, long limit) : Stream
{
    private long _left = limit;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        // One byte more than allowed is asked for: only then is it known that there is more.
        var read = inner.Read(buffer[..(int)Math.Min(buffer.Length, _left + 1)]);
        _left -= read;
        if (_left < 0) throw new PackageFormatException(ErrorCode.PackageTooLarge, "The payload unpacks to more than was signed");
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public void ReadZerosToEnd()
    {
        Span<byte> buffer = stackalloc byte[4096];
        for (int read; (read = Read(buffer)) > 0;)
        {
            if (buffer[..read].ContainsAnyExcept((byte)0)) throw new PackageFormatException(ErrorCode.PayloadContent, "There is something behind the payload's end");
        }
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
