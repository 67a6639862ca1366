using System.Buffers;

namespace Kilometers.PluginHost.Control;

/// <summary>One line from a peer that nobody needs to trust.</summary>
internal static class ControlLine
{
    private const int Step = 4096;

    /// <summary>Reads to the first newline; what comes behind it is not looked at.</summary>
    /// <param name="stream">The peer.</param>
    /// <param name="longest">Bytes of the longest line.</param>
    /// <param name="cancellationToken">Its time is up.</param>
    /// <returns>The line without its newline; null if the peer closed before there was one.</returns>
    /// <exception cref="InvalidDataException">It is longer.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public static async Task<ReadOnlyMemory<byte>?> ReadAsync(Stream stream, int longest, CancellationToken cancellationToken)
    {
        var line = new ArrayBufferWriter<byte>(Step);
        while (true)
        {
            var count = await stream.ReadAsync(line.GetMemory(Step), cancellationToken).ConfigureAwait(false);
            if (count == 0)
                return null;
            line.Advance(count);
            var end = line.WrittenSpan[^count..].IndexOf((byte)'\n');
            if (end >= 0)
                end += line.WrittenCount - count;
            if ((end < 0 ? line.WrittenCount : end) > longest)
                throw new InvalidDataException($"More than {longest} bytes without a newline");
            if (end >= 0)
                return line.WrittenMemory[..end];
        }
    }
}
