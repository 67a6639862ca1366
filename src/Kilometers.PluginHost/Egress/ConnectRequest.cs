using System.Buffers;
using System.Net.Sockets;
using System.Text;

namespace Kilometers.PluginHost.Egress;

/// <summary>What a plugin asks for: <c>CONNECT host:port HTTP/1.1</c>, headers that mean nothing, an empty line.</summary>
/// <param name="Target">Where it wants to.</param>
/// <param name="Rest">What it sent after that, without waiting for the answer: the first bytes for the other end.</param>
internal sealed record ConnectRequest(HostPort Target, ReadOnlyMemory<byte> Rest)
{
    /// <param name="socket">The plugin's end.</param>
    /// <param name="options">Limits.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="EgressException"><c>PLG_NET_005</c>: that is no such request.</exception>
    /// <exception cref="IOException">The plugin closed the connection, as one does that is stopped.</exception>
    public static async Task<ConnectRequest> ReadAsync(
        Socket socket,
        EgressOptions options,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        using var limit = new CancellationTokenSource(options.RequestLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var buffer = ArrayPool<byte>.Shared.Rent(options.MaxRequest);
        try
        {
            var count = 0;
            while (true)
            {
                var added = await socket
                    .ReceiveAsync(buffer.AsMemory(count, options.MaxRequest - count), either.Token)
                    .ConfigureAwait(false);
                if (added == 0)
                    throw new IOException("The plugin closed the connection before it sent a request.");
                count += added;
                var end = buffer.AsSpan(0, count).IndexOf("\r\n\r\n"u8);
                if (end >= 0)
                    return new ConnectRequest(Parse(buffer.AsSpan(0, end)), buffer.AsSpan(end + 4, count - end - 4).ToArray());
                if (count == options.MaxRequest)
                    throw EgressException.BadRequest($"It is larger than {options.MaxRequest} bytes.");
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw EgressException.BadRequest($"It was not complete within {options.RequestLimit.TotalSeconds:0.#} s.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    internal static HostPort Parse(ReadOnlySpan<byte> head)
    {
        var end = head.IndexOf((byte)'\r');
        var line = end < 0 ? head : head[..end];
        if (line.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
            throw EgressException.BadRequest("Its first line is not plain text.");
        return Encoding.ASCII.GetString(line).Split(' ') is ["CONNECT", var text, "HTTP/1.1"] && HostPort.TryParse(text, out var target)
            ? target
            : throw EgressException.BadRequest("Its first line is another one.");
    }
}
