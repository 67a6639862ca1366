using Kilometers.Recordings.Storage;
using Kilometers.Sqlite;

namespace Kilometers.Recordings.Reading;

/// <summary>Reads payloads; keeps the blocks that were read last.</summary>
internal sealed class BlockReader(Database database) : IDisposable
{
    private const int MaxKept = 16;

    private readonly Statement _block = database.Prepare("SELECT raw_bytes, data FROM blocks WHERE id = ?");
    private readonly Statement _parts = database.Prepare("SELECT raw_bytes, data FROM block_parts WHERE block_id = ? ORDER BY part");
    private readonly Dictionary<long, byte[]> _kept = [];

    /// <summary>The payload; null if its block is deleted, or does not reach so far.</summary>
    public ReadOnlyMemory<byte>? Read(long? block, long? offset, long? length)
    {
        if (block is not { } row || offset is not { } start || length is not { } count || Content(row) is not { } content)
            return null;
        return start >= 0 && count >= 0 && start + count <= content.Length ? content.AsMemory((int)start, (int)count) : null;
    }

    /// <summary>All of a block; null if it is deleted.</summary>
    public byte[]? Content(long row)
    {
        if (_kept.TryGetValue(row, out var kept))
            return kept;
        byte[]? content = null;
        _block.Bind(0, row);
        if (_block.Step())
        {
            content = _block.Bytes(1).IsEmpty ? Parts(row) : PayloadBlock.Decompress(_block.Bytes(1), _block.Number(0));
            _block.Reset();
        }

        if (content is null)
            return null;
        if (_kept.Count >= MaxKept)
            _kept.Clear();
        return _kept[row] = content;
    }

    public void Dispose()
    {
        _block.Dispose();
        _parts.Dispose();
    }

    private byte[] Parts(long row)
    {
        using var content = new MemoryStream();
        _parts.Bind(0, row);
        while (_parts.Step())
            content.Write(PayloadBlock.Decompress(_parts.Bytes(1), _parts.Number(0)));
        return content.ToArray();
    }
}
