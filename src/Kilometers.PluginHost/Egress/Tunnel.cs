using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;

namespace Kilometers.PluginHost.Egress;

/// <summary>
/// Passes bytes between a plugin and a host, both ways, until both have ended. What one end does not take is not read from the other: no
/// more than a buffer of each direction is held. An end that finishes writing (half-close) may still read.
/// </summary>
internal static class Tunnel
{
    /// <param name="plugin">One end.</param>
    /// <param name="host">The other.</param>
    /// <param name="journal">Counts the bytes.</param>
    /// <param name="options">Limits.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends both directions.</param>
    /// <returns>Completes when nothing more can come; never fails: a broken connection is an ended one.</returns>
    public static async Task RelayAsync(
        Stream plugin,
        Stream host,
        EgressJournal journal,
        EgressOptions options,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var limit = options.IdleLimit;
        using var idle = new CancellationTokenSource(limit, time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(idle.Token, cancellationToken);
        await Task.WhenAll(PassAsync(plugin, host, journal.Sent), PassAsync(host, plugin, journal.Received)).ConfigureAwait(false);

        async Task PassAsync(Stream from, Stream to, Action<int> count)
        {
            var buffer = ArrayPool<byte>.Shared.Rent(options.BufferSize);
            try
            {
                int bytes;
                while ((bytes = await from.ReadAsync(buffer.AsMemory(0, options.BufferSize), ending.Token).ConfigureAwait(false)) > 0)
                {
                    idle.CancelAfter(limit);
                    await to.WriteAsync(buffer.AsMemory(0, bytes), ending.Token).ConfigureAwait(false);
                    count(bytes);
                }

                await FinishWritingAsync(to).ConfigureAwait(false);
                idle.CancelAfter(limit = options.HalfClosedLimit);
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // Broken, or its time is up: the other direction has nothing to wait for either.
                await ending.CancelAsync().ConfigureAwait(false);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private static Task FinishWritingAsync(Stream stream)
    {
        if (stream is SslStream tls)
            return tls.ShutdownAsync();
        ((NetworkStream)stream).Socket.Shutdown(SocketShutdown.Send);
        return Task.CompletedTask;
    }
}
