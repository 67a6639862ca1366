namespace Kilometers.Recordings.Storage;

/// <summary>A buffer of bytes that may be changed after they were written.</summary>
internal sealed class TextBuffer
{
    private byte[] _bytes = new byte[4096];

    public int WrittenCount { get; private set; }

    public Span<byte> Written => _bytes.AsSpan(0, WrittenCount);

    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (WrittenCount + bytes.Length > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, WrittenCount + bytes.Length));
        bytes.CopyTo(_bytes.AsSpan(WrittenCount));
        WrittenCount += bytes.Length;
    }

    public void ResetWrittenCount() => WrittenCount = 0;
}
