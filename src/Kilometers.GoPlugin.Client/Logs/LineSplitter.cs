namespace Kilometers.GoPlugin.Client.Logs;

/// <summary>
/// Splits a byte stream into lines, keeping at most <see cref="Limit"/> bytes of each: the rest of an over-long line is counted and
/// dropped, so that no plugin can make the host's memory grow.
/// </summary>
internal sealed class LineSplitter(LineSplitter.LineHandler handler)
{
    public const int Limit = 64 * 1024;
    private byte[] _partial = [];
    private int _length;
    private long _leftOut;

    /// <summary>Takes a line without its end (<c>\n</c> or <c>\r\n</c>).</summary>
    public delegate void LineHandler(ReadOnlySpan<byte> line, long bytesLeftOut);

    public void Feed(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var end = bytes.IndexOf((byte)'\n');
            if (end < 0)
            {
                Keep(bytes);
                return;
            }

            if (_length == 0 && end <= Limit)
            {
                Emit(bytes[..end]);
            }
            else
            {
                Keep(bytes[..end]);
                Emit(_partial.AsSpan(0, _length));
            }

            bytes = bytes[(end + 1)..];
        }
    }

    /// <summary>The stream has ended: what is left is a line too.</summary>
    public void Complete()
    {
        if (_length > 0)
            Emit(_partial.AsSpan(0, _length));
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        var kept = Math.Min(bytes.Length, Limit - _length);
        if (_length + kept > _partial.Length)
            Array.Resize(ref _partial, Math.Min(Limit, Math.Max(_length + kept, Math.Max(1024, _partial.Length * 2))));
        bytes[..kept].CopyTo(_partial.AsSpan(_length));
        _length += kept;
        _leftOut += bytes.Length - kept;
    }

    private void Emit(ReadOnlySpan<byte> line)
    {
        if (line.EndsWith("\r"u8))
            line = line[..^1];
        handler(line, _leftOut);
        _length = 0;
        _leftOut = 0;
        if (_partial.Length > 4096)
            _partial = [];
    }
}
