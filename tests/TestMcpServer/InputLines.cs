namespace TestMcpServer;

/// <summary>The lines of a stream as raw bytes, without their newline; a last line may lack one.</summary>
internal static class InputLines
{
    public static IEnumerable<byte[]> Read(Stream input)
    {
        var buffer = new byte[64 * 1024];
        using var line = new MemoryStream();
        for (int got; (got = input.Read(buffer, 0, buffer.Length)) > 0; )
        {
            var start = 0;
            for (int length; (length = Array.IndexOf(buffer, (byte)'\n', start, got - start) - start) >= 0; start += length + 1)
            {
                line.Write(buffer, start, length);
                yield return line.ToArray();
                line.SetLength(0);
            }
            line.Write(buffer, start, got - start);
        }
        if (line.Length > 0)
            yield return line.ToArray();
    }
}
