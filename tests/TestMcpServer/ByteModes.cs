using System.Globalization;
using System.Text;

namespace TestMcpServer;

/// <summary>Modes that deal in bytes and lines and do not look into them.</summary>
internal static class ByteModes
{
    private const int FloodBatch = 64 * 1024;

    public static int Echo(Stream input, OutputLines output)
    {
        var buffer = new byte[64 * 1024];
        for (int got; (got = input.Read(buffer, 0, buffer.Length)) > 0; )
            output.Write(buffer.AsSpan(0, got));
        return 0;
    }

    public static int Silent(Stream input)
    {
        input.CopyTo(Stream.Null);
        return 0;
    }

    public static int Exit(Stream input, OutputLines output, int code, int after)
    {
        if (after == 0)
            return code;
        foreach (var line in InputLines.Read(input))
        {
            output.Write([.. line, (byte)'\n']);
            if (--after == 0)
                break;
        }
        return code;
    }

    public static int WriteNoise(Stream input, OutputLines output)
    {
        output.Write(Noise.All);
        input.CopyTo(Stream.Null);
        output.Write(Noise.Last);
        return 0;
    }

    public static int Flood(Stream input, OutputLines output, int count)
    {
        var batch = new StringBuilder(FloodBatch + 256);
        for (var i = 0; i < count; i++)
        {
            batch.Append(
                CultureInfo.InvariantCulture,
                $"{{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{{\"progressToken\":\"flood\",\"sequence\":{i}}}}}\n"
            );
            if (batch.Length < FloodBatch && i + 1 < count)
                continue;
            output.Write(Encoding.ASCII.GetBytes(batch.ToString()));
            batch.Clear();
        }
        return Silent(input);
    }

    public static int LastWords(OutputLines output, int size, int code)
    {
        using (var error = Console.OpenStandardError())
            error.Write("last words\n"u8);
        output.WriteSizedLine("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/last\",\"params\":{\"data\":\"", "\"}}", size);
        return code;
    }
}
