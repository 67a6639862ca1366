using Microsoft.EntityFrameworkCore;

namespace Kilometers.Api.Storage;

/// <summary>Reads a file of the <see cref="ContentStore"/>, holding one part at a time.</summary>
internal sealed class ContentStream(IDbContextFactory<ApiDatabase> databases, string digest, long length) : Stream
{
    private byte[] _bytes = [];
    private int _part = -1;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position { get; set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Position >= length || buffer.IsEmpty) return 0;
        var part = (int)(Position / ContentStore.PartSize);
        if (part != _part)
        {
            await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
            _bytes = await database.ContentParts.Where(row => row.Digest == digest && row.Part == part).Select(row => row.Bytes).SingleAsync(cancellationToken).ConfigureAwait(false);
            _part = part;
        }

        var start = (int)(Position % ContentStore.PartSize);
        var count = Math.Min(buffer.Length, _bytes.Length - start);
        _bytes.AsMemory(start, count).CopyTo(buffer);
        Position += count;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => Position + offset,
        _ => length + offset,
    };

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read asynchronously");

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
