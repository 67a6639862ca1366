using Kilometers.Link.Connection;

namespace Kilometers.Cli.Serving;

/// <summary>Standard error of a session: what is written here, the session's relay prints. Each write has whole lines.</summary>
internal sealed class RelayOutput(LinkSocket link) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Flush() { }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <exception cref="IOException">The relay is gone, or its reader takes nothing.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (!link.TrySendSoon(FrameKind.Text, buffer))
            throw new IOException("the relay takes no more text");
    }
}
