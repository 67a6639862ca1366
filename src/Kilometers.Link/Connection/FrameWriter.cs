using System.Buffers.Binary;
using System.Text;

namespace Kilometers.Link.Connection;

/// <summary>Puts the content of a frame together: numbers in little endian, texts and lists with their length before them.</summary>
public sealed class FrameWriter
{
    private byte[] _bytes = new byte[1024];
    private int _length;

    /// <summary>What was written.</summary>
    public ReadOnlySpan<byte> Content => _bytes.AsSpan(0, _length);

    /// <summary>Appends a number.</summary>
    public FrameWriter Add(long number)
    {
        BinaryPrimitives.WriteInt64LittleEndian(Room(8), number);
        return this;
    }

    /// <summary>Appends bytes.</summary>
    public FrameWriter Add(ReadOnlySpan<byte> bytes)
    {
        Add((long)bytes.Length);
        bytes.CopyTo(Room(bytes.Length));
        return this;
    }

    /// <summary>Appends text; null is kept apart from empty.</summary>
    public FrameWriter Add(string? text)
    {
        if (text is null)
            return Add(-1L);
        return Add(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Appends a list of texts.</summary>
    public FrameWriter Add(IReadOnlyCollection<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        Add((long)texts.Count);
        foreach (var text in texts)
            Add(text);
        return this;
    }

    private Span<byte> Room(int length)
    {
        if (_length + length > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + length));
        _length += length;
        return _bytes.AsSpan(_length - length, length);
    }
}
