using System.Text;
using Kilometers.Monitoring.Relay;

namespace Kilometers.Monitoring.Observation;

/// <summary>Pieces of one stream as bytes, and back.</summary>
internal sealed class PieceBlock : IDisposable
{
    private readonly MemoryStream _bytes = new();
    private Channel _channel;

    public void Dispose() => _bytes.Dispose();

    public ReadOnlySpan<byte> Write(ReadOnlySpan<Piece> pieces)
    {
        _bytes.SetLength(0);
        using var writer = new BinaryWriter(_bytes, Encoding.UTF8, leaveOpen: true);
        foreach (var piece in pieces)
        {
            _channel = piece.Channel;
            writer.Write(piece.Chunk is null ? -1 : piece.Length);
            writer.Write(piece.Timestamp);
            writer.Write(piece.Skipped);
            writer.Write(piece.Gap?.Bytes ?? 0);
            writer.Write(piece.Gap?.Lines ?? 0);
            writer.Write(piece.Gap?.EndsInLine ?? false);
            writer.Write(piece.Gap?.Reason ?? "");
            writer.Write(piece.Bytes);
        }

        return _bytes.GetBuffer().AsSpan(0, (int)_bytes.Length);
    }

    /// <returns>The pieces; each has a reference to its chunk.</returns>
    public Piece[] Read(byte[] block)
    {
        using var reader = new BinaryReader(new MemoryStream(block));
        var pieces = new List<Piece>();
        var chunk = Chunk.Rent();
        var start = 0;
        while (reader.BaseStream.Position < block.Length)
        {
            var length = reader.ReadInt32();
            var piece = new Piece(_channel, null, 0, 0, reader.ReadInt64()) { Skipped = reader.ReadInt64() };
            var gap = new MissedBytes(reader.ReadInt64(), reader.ReadInt64(), reader.ReadBoolean(), reader.ReadString());
            if (gap.Bytes > 0)
                piece = piece with { Gap = gap };
            if (length >= 0)
            {
                if (start + length > Chunk.Size)
                {
                    chunk.Release();
                    (chunk, start) = (Chunk.Rent(), 0);
                }

                reader.BaseStream.ReadExactly(chunk.Bytes.Slice(start, length));
                chunk.Retain();
                piece = piece with { Chunk = chunk, Offset = start, Length = length };
                start += length;
            }

            pieces.Add(piece);
        }

        chunk.Release();
        return [.. pieces];
    }
}
