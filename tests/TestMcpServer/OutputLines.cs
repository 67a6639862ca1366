using System.Text;

namespace TestMcpServer;

/// <summary>The process's stdout: whole writes, flushed at once, from any thread.</summary>
internal sealed class OutputLines(Stream stream) : IDisposable
{
    private readonly Lock _lock = new();

    public void Write(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            stream.Write(bytes);
            stream.Flush();
        }
    }

    public void Dispose() => stream.Dispose();

    public void WriteLine(string line) => Write(Encoding.UTF8.GetBytes(line + "\n"));

    /// <summary>A line of exactly <paramref name="size"/> bytes: head, as many x as fit, tail, newline.</summary>
    public void WriteSizedLine(string head, string tail, int size)
    {
        var line = new byte[Math.Max(size, head.Length + tail.Length + 1)];
        line.AsSpan().Fill((byte)'x');
        Encoding.UTF8.GetBytes(head, line);
        Encoding.UTF8.GetBytes(tail, line.AsSpan(line.Length - tail.Length - 1));
        line[^1] = (byte)'\n';
        Write(line);
    }
}
