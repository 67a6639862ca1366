namespace Kilometers.Transcripts.Conversations;

/// <summary>Reads a stream line by line, as bytes. For one reader at a time.</summary>
/// <param name="stream">The stream.</param>
internal sealed class LineReader(Stream stream)
{
    /// <summary>A longer line is not a message.</summary>
    private const int MaxLine = 256 << 20;

    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;

    /// <summary>The next line without its end; the last one need not have one.</summary>
    /// <returns>Null at the end of the stream.</returns>
    /// <exception cref="IOException">The stream cannot be read, or a line is too long.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        var searched = _start;
        while (true)
        {
            if (_buffer.AsSpan(searched, _end - searched).IndexOf((byte)'\n') is >= 0 and var at)
            {
                var line = Copy(_start, searched + at);
                _start = searched + at + 1;
                return line;
            }

            searched = MakeRoom();
            var count = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                var rest = Copy(_start, _end);
                _start = _end;
                return rest.Length > 0 ? rest : default(ReadOnlyMemory<byte>?);
            }

            _end += count;
        }
    }

    /// <returns>From where to search on.</returns>
    private int MakeRoom()
    {
        var length = _end - _start;
        if (length >= MaxLine)
            throw new IOException($"A line is longer than {MaxLine >> 20} MB");
        if (_start > 0)
            _buffer.AsSpan(_start, length).CopyTo(_buffer);
        (_start, _end) = (0, length);
        if (length > _buffer.Length / 2)
            Array.Resize(ref _buffer, _buffer.Length * 2);
        return length;
    }

    private ReadOnlyMemory<byte> Copy(int start, int end)
    {
        if (end > start && _buffer[end - 1] == (byte)'\r')
            end--;
        return _buffer.AsSpan(start, end - start).ToArray();
    }
}
