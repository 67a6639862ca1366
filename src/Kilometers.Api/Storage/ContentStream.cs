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

    private int Part => (int)(Position / ContentStore.PartSize);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Position >= length || buffer.IsEmpty)
            return 0;
        if (Part != _part)
        {
            await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
            _bytes = await Bytes(database, digest, Part).SingleAsync(cancellationToken).ConfigureAwait(false);
            _part = Part;
        }

        return Take(buffer.Span);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(Span<byte> buffer)
    {
        if (Position >= length || buffer.IsEmpty)
            return 0;
        if (Part != _part)
        {
            using var database = databases.CreateDbContext();
            _bytes = Bytes(database, digest, Part).Single();
            _part = Part;
        }

        return Take(buffer);
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) =>
        Position = origin switch
        {
            SeekOrigin.Begin => offset,
            SeekOrigin.Current => Position + offset,
            _ => length + offset,
        };

    public override void Flush() { }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private static IQueryable<byte[]> Bytes(ApiDatabase database, string digest, int part) =>
        database.ContentParts.Where(row => row.Digest == digest && row.Part == part).Select(row => row.Bytes);

    private int Take(Span<byte> buffer)
    {
        var start = (int)(Position % ContentStore.PartSize);
        var count = Math.Min(buffer.Length, _bytes.Length - start);
        _bytes.AsSpan(start, count).CopyTo(buffer);
        Position += count;
        return count;
    }
}
