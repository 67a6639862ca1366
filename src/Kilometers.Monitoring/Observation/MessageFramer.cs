namespace Kilometers.Monitoring.Observation;

/// <summary>Takes the lines that a <see cref="MessageFramer"/> finds.</summary>
public interface IFrameSink
{
    /// <summary>A whole line, without its end (LF, and a CR before it). The memory is only valid during the call.</summary>
    /// <param name="line">The bytes.</param>
    void OnLine(ReadOnlySpan<byte> line);

    /// <summary>A line larger than the limit, of which only the two ends were kept.</summary>
    /// <param name="head">The first bytes.</param>
    /// <param name="tail">The last bytes (without the line's end); may overlap nothing of <paramref name="head"/>.</param>
    /// <param name="size">How many bytes the line has.</param>
    void OnLargeLine(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail, long size);

    /// <summary>The end of a line whose beginning was missed (<see cref="MessageFramer.SkipToNextLine"/>).</summary>
    /// <param name="size">How many bytes of it there were.</param>
    void OnSkipped(long size);
}

/// <summary>
/// Splits one stream of bytes at newlines, however the bytes arrive: any split of the same bytes gives the same lines. A line that
/// arrives whole is handed on where it lies; only a line in pieces is put together. Memory is bounded by the largest line to keep.
/// </summary>
public sealed class MessageFramer
{
    /// <summary>How many bytes of the beginning of a too large line are kept.</summary>
    public const int HeadSize = 64 * 1024;

    /// <summary>How many bytes of the end of a too large line are kept.</summary>
    public const int TailSize = 1024;

    /// <summary>
    /// The memory that is kept from one line in pieces to the next. Lines of up to a megabyte are common (a file that a tool reads), and new
    /// pages for each would cost more than everything else here.
    /// </summary>
    private const int KeptSize = 1024 * 1024;

    private readonly long _limit;
    private readonly IFrameSink _sink;
    private readonly LineBuffer _partial = new();
    private bool _large;
    private bool _headIsClosed;
    private bool _skipping;
    private long _size;
    private byte[] _tail = [];
    private int _tailLength;

    /// <summary>Creates a framer.</summary>
    /// <param name="limit">The size in bytes of the largest line that is handed on whole; at least 1.</param>
    /// <param name="sink">Takes the lines.</param>
    public MessageFramer(long limit, IFrameSink sink)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        _limit = Math.Min(limit, Array.MaxLength);
        _sink = sink;
    }

    /// <summary>Takes the next bytes of the stream.</summary>
    /// <param name="bytes">Any number of bytes.</param>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            // IndexOf is vectorised.
            var end = bytes.IndexOf((byte)'\n');
            if (_skipping)
            {
                _size += end < 0 ? bytes.Length : end;
                if (end < 0)
                    return;
                EndSkipping();
                bytes = bytes[(end + 1)..];
                continue;
            }

            if (end < 0)
            {
                Keep(bytes);
                return;
            }

            var line = bytes[..end];
            bytes = bytes[(end + 1)..];
            if (_size == 0 && line.Length <= _limit)
                Emit(line);
            else
            {
                Keep(line);
                EmitKept();
            }
        }
    }

    /// <summary>The stream has ended: a last line without a newline is a line.</summary>
    public void Complete()
    {
        if (_skipping)
            EndSkipping();
        else if (_size > 0)
            EmitKept();
    }

    /// <summary>Bytes were missed up to the end of a line: forgets the line begun.</summary>
    /// <returns>How many bytes of it there were.</returns>
    public long Forget()
    {
        var size = _size;
        Clear();
        _skipping = false;
        return size;
    }

    /// <summary>Bytes were missed: forgets the line begun, and what comes up to the next newline, which is the rest of an unknown line.</summary>
    /// <returns>How many bytes of the line begun there were.</returns>
    public long SkipToNextLine()
    {
        var size = Forget();
        _skipping = true;
        return size;
    }

    /// <summary>Bytes of the line begun that are only known by their number: the line counts as too large, and is handed on by its ends.</summary>
    /// <param name="count">How many bytes.</param>
    public void Skip(long count)
    {
        _size += count;
        if (_skipping)
            return;
        if (!_large)
            BecomeLarge();
        _headIsClosed = true;
        _tailLength = 0;
    }

    private void EndSkipping() => _sink.OnSkipped(Forget());

    private void Clear()
    {
        _partial.CutTo(0);
        _size = 0;
        _large = false;
        _headIsClosed = false;
        _tailLength = 0;
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        _size += bytes.Length;
        if (!_large && _size > _limit)
            BecomeLarge();
        if (_large)
        {
            var room = _headIsClosed ? 0 : Math.Min(bytes.Length, (int)Math.Min(HeadSize, _limit) - _partial.Length);
            if (room > 0)
                _partial.Append(bytes[..room]);
            KeepTail(room > 0 ? bytes[room..] : bytes);
        }
        else
        {
            _partial.Append(bytes);
        }
    }

    private void BecomeLarge()
    {
        _large = true;
        _tail = _tail.Length == 0 ? new byte[TailSize] : _tail;
        var head = (int)Math.Min(HeadSize, _limit);
        if (_partial.Length > head)
        {
            KeepTail(_partial.Bytes[head..]);
            _partial.CutTo(head);
        }

        // What was put together so far may be many megabytes: give it back now.
        _partial.Shrink(HeadSize);
    }

    private void KeepTail(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= TailSize)
        {
            bytes[^TailSize..].CopyTo(_tail);
            _tailLength = TailSize;
            return;
        }

        var keep = Math.Min(_tailLength, TailSize - bytes.Length);
        _tail.AsSpan(_tailLength - keep, keep).CopyTo(_tail);
        bytes.CopyTo(_tail.AsSpan(keep));
        _tailLength = keep + bytes.Length;
    }

    private void EmitKept()
    {
        if (_large)
        {
            var tail = WithoutReturn(_tail.AsSpan(0, _tailLength));
            _sink.OnLargeLine(_partial.Bytes, tail, _size - (_tailLength - tail.Length));
        }
        else
        {
            Emit(_partial.Bytes);
        }

        Clear();
        _partial.Shrink(KeptSize);
    }

    private void Emit(ReadOnlySpan<byte> line) => _sink.OnLine(WithoutReturn(line));

    private static ReadOnlySpan<byte> WithoutReturn(ReadOnlySpan<byte> line) => line is [.. var rest, (byte)'\r'] ? rest : line;
}
