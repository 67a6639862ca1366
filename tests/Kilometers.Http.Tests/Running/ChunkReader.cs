using System.Globalization;

namespace Kilometers.Http.Tests.Running;

/// <summary>Reads a body in chunks, wherever those begin and end: who passes it on may cut it otherwise.</summary>
internal sealed class ChunkReader(RawConnection connection)
{
    private int _left;

    /// <summary>Reads this many bytes of the content.</summary>
    public async Task<byte[]> ReadAsync(int count)
    {
        var read = new MemoryStream();
        while (read.Length < count)
        {
            if (_left == 0)
                _left = int.Parse((await connection.ReadUntilAsync("\r\n")).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            var piece = await connection.ReadAsync(Math.Min(_left, count - (int)read.Length));
            read.Write(piece);
            _left -= piece.Length;
            if (_left == 0)
                await connection.ReadAsync(2);
        }

        return read.ToArray();
    }
}
