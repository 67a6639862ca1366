using Kilometers.Http.Observing;

namespace Kilometers.Http.Proxy;

/// <summary>A body that an observer sees: bytes are passed on first, or were already read.</summary>
/// <param name="inner">The body.</param>
/// <param name="observer">Sees it.</param>
/// <param name="length">How many bytes it has; null if not known. What is known to be whole is shown before its last byte is passed on.</param>
internal sealed class TeeStream(Stream inner, IBodyObserver observer, long? length) : Stream
{
    private long _passed;
    private bool _hasEnded;

    public override bool CanRead => inner.CanRead;
    public override bool CanWrite => inner.CanWrite;
    public override bool CanSeek => false;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The transfer is over.</summary>
    /// <returns>Completes when all of it was observed.</returns>
    public Task EndAsync(bool isWhole)
    {
        if (_hasEnded)
            return Task.CompletedTask;
        _hasEnded = true;
        return observer.EndAsync(isWhole);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (count > 0)
            Observe(buffer.Span[..count]);
        if (_passed == length || (count == 0 && buffer.Length > 0))
            _ = EndAsync(isWhole: true);
        return count;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await inner.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        Observe(buffer.Span);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private void Observe(ReadOnlySpan<byte> bytes)
    {
        _passed += bytes.Length;
        if (!_hasEnded)
            observer.Take(bytes);
    }
}
