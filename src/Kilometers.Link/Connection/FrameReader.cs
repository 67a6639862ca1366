using System.Buffers.Binary;
using System.Text;

namespace Kilometers.Link.Connection;

/// <summary>Reads what <see cref="FrameWriter"/> wrote.</summary>
/// <param name="content">The content of a frame.</param>
public ref struct FrameReader(ReadOnlySpan<byte> content)
{
    private ReadOnlySpan<byte> _rest = content;

    /// <summary>Reads a number.</summary>
    /// <exception cref="InvalidDataException">The frame ends before.</exception>
    public long Number() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    /// <summary>Reads text, which may be null.</summary>
    /// <exception cref="InvalidDataException">The frame ends before.</exception>
    public string? TextOrNull()
    {
        var length = Number();
        return length < 0 ? null : Encoding.UTF8.GetString(Take(length));
    }

    /// <summary>Reads text.</summary>
    /// <exception cref="InvalidDataException">The frame ends before, or the text is null.</exception>
    public string Text() => TextOrNull() ?? throw new InvalidDataException("a text is missing");

    /// <summary>Reads a list of texts.</summary>
    /// <exception cref="InvalidDataException">The frame ends before.</exception>
    public string[] Texts()
    {
        var count = Number();
        if (count < 0 || count > _rest.Length)
            throw new InvalidDataException("a list is longer than its frame");
        var texts = new string[count];
        for (var i = 0; i < texts.Length; i++)
            texts[i] = Text();
        return texts;
    }

    /// <summary>Reads bytes.</summary>
    /// <exception cref="InvalidDataException">The frame ends before.</exception>
    public ReadOnlySpan<byte> Bytes() => Take(Number());

    private ReadOnlySpan<byte> Take(long length)
    {
        if (length < 0 || length > _rest.Length)
            throw new InvalidDataException("a frame is too short");
        var taken = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return taken;
    }
}
