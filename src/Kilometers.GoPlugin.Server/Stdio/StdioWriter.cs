using System.Buffers;
using System.Text;

namespace Kilometers.GoPlugin.Server.Stdio;

/// <summary>A console writer whose text goes to the host as UTF-8. Callers are serialised by <c>Console</c>.</summary>
internal sealed class StdioWriter(StdioBuffer buffer, StdioChannel channel) : TextWriter
{
    // Stateful: a surrogate pair may arrive in two writes.
    private readonly Encoder _encoder = new UTF8Encoding(false).GetEncoder();

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => Write([value]);

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(string? value) => Write(value.AsSpan());

    public override void Write(ReadOnlySpan<char> value)
    {
        if (value.IsEmpty)
            return;
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.GetMaxByteCount(value.Length));
        try
        {
            var length = _encoder.GetBytes(value, bytes, flush: false);
            buffer.Write(channel, bytes.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    public override void WriteLine(string? value) => Write(value + NewLine);
}
