using System.Buffers.Text;
using System.Text;

namespace Kilometers.Http.Events;

/// <summary>Takes an event of an event stream. The memory is only valid during the call.</summary>
/// <param name="type">The event's type; empty: <c>message</c>.</param>
/// <param name="data">Its data: that of several lines is separated by LF.</param>
/// <param name="skipped">How many bytes of the data were too many to keep.</param>
internal delegate void EventHandler(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data, long skipped);

/// <summary>
/// Reads an event stream (WHATWG HTML, "Server-sent events"), however its bytes arrive. An event may be as large as it likes: no more than
/// the limit of it is kept, which .NET's own reader does not do.
/// </summary>
/// <param name="limit">Bytes of data that are kept of an event.</param>
/// <param name="take">Called for each event that has data.</param>
internal sealed class EventStreamParser(long limit, EventHandler take)
{
    private const byte LineFeed = (byte)'\n';
    private const byte CarriageReturn = (byte)'\r';

    /// <summary>A line has the name of its field before the data.</summary>
    private const int FieldSize = 16;

    private readonly LimitedBuffer _line = new(Math.Min(limit, long.MaxValue - FieldSize) + FieldSize);
    private readonly LimitedBuffer _data = new(limit);
    private byte[] _type = [];
    private string? _nextId;
    private bool _isAfterReturn;
    private bool _hasBegun;
    private bool _hasData;

    /// <summary>The id of the last event that was complete; null if none had one.</summary>
    public string? LastEventId { get; private set; }

    /// <summary>How long the server wants its client to wait before it connects again; null if it did not say.</summary>
    public TimeSpan? Retry { get; private set; }

    /// <summary>Takes the next bytes. An event that is not complete at the end of the stream does not count.</summary>
    public void Push(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_isAfterReturn && bytes[0] == LineFeed)
                bytes = bytes[1..];
            _isAfterReturn = false;
            var end = bytes.IndexOfAny(LineFeed, CarriageReturn);
            if (end < 0)
            {
                _line.Append(bytes);
                return;
            }

            var part = bytes[..end];
            _isAfterReturn = bytes[end] == CarriageReturn;
            bytes = bytes[(end + 1)..];
            if (_line.Size == 0)
            {
                TakeLine(part, 0);
                continue;
            }

            _line.Append(part);
            TakeLine(_line.Kept, _line.Skipped);
            _line.Clear();
        }
    }

    private void TakeLine(ReadOnlySpan<byte> line, long skipped)
    {
        if (!_hasBegun && line.StartsWith("\uFEFF"u8))
            line = line[3..];
        _hasBegun = true;
        if (line.IsEmpty)
        {
            Complete();
            return;
        }

        var colon = line.IndexOf((byte)':');
        var field = colon < 0 ? line : line[..colon];
        var value = colon < 0 ? [] : line[(colon + 1)..];
        if (value is [(byte)' ', ..])
            value = value[1..];
        if (field.SequenceEqual("data"u8))
        {
            if (_hasData)
                _data.Append("\n"u8);
            _hasData = true;
            _data.Append(value);
            _data.Skip(skipped);
        }
        else if (field.SequenceEqual("event"u8))
            _type = value.ToArray();
        else if (field.SequenceEqual("id"u8) && !value.Contains((byte)0))
            _nextId = Encoding.UTF8.GetString(value);
        else if (
            field.SequenceEqual("retry"u8)
            && Utf8Parser.TryParse(value, out int wait, out var used)
            && used == value.Length
            && wait >= 0
        )
            Retry = TimeSpan.FromMilliseconds(wait);
    }

    private void Complete()
    {
        LastEventId = _nextId ?? LastEventId;
        if (_data.Size > 0)
            take(_type, _data.Kept, _data.Skipped);
        _data.Clear();
        _hasData = false;
        _type = [];
    }
}
