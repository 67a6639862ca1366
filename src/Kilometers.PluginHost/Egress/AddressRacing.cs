using System.Net;
using System.Net.Sockets;

namespace Kilometers.PluginHost.Egress;

/// <summary>
/// Connects to the first of a name's addresses that answers: one after the other, but without waiting for the end of an attempt that takes
/// long (a small RFC 8305). No more than <see cref="MaxAddresses"/> are tried.
/// </summary>
internal static class AddressRacing
{
    private const int MaxAddresses = 8;

    /// <param name="addresses">At least one.</param>
    /// <param name="port">The port.</param>
    /// <param name="delay">How long one is tried before the next is tried, too.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SocketException">None answered; this is why the last did not.</exception>
    public static async Task<Socket> ConnectAsync(
        IReadOnlyList<IPAddress> addresses,
        int port,
        TimeSpan delay,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var waiting = new Queue<IPAddress>(Alternate(addresses).Take(MaxAddresses));
        var attempts = new List<Task<Socket>>();
        SocketException? last = null;
        try
        {
            while (waiting.Count > 0 || attempts.Count > 0)
            {
                if (waiting.TryDequeue(out var address))
                    attempts.Add(AttemptAsync(new IPEndPoint(address, port), ending.Token));
                var next = Task.Delay(waiting.Count > 0 ? delay : Timeout.InfiniteTimeSpan, time, ending.Token);
                var done = await Task.WhenAny([.. attempts, next]).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                if (done is not Task<Socket> attempt)
                    continue;
                attempts.Remove(attempt);
                try
                {
                    return await attempt.ConfigureAwait(false);
                }
                catch (SocketException e)
                {
                    last = e;
                }
            }

            throw last ?? new SocketException((int)SocketError.HostNotFound);
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
            foreach (var attempt in attempts)
                _ = attempt.ContinueWith(
                    late => Forget(late),
                    CancellationToken.None,
                    TaskContinuationOptions.ExecuteSynchronously,
                    TaskScheduler.Default
                );
        }
    }

    /// <summary>IPv6 and IPv4 in turns, beginning with what the system put first: where one of them leads nowhere the other is next.</summary>
    private static IEnumerable<IPAddress> Alternate(IReadOnlyList<IPAddress> addresses)
    {
        var first = addresses.Where(address => address.AddressFamily == addresses[0].AddressFamily).ToList();
        var second = addresses.Where(address => address.AddressFamily != addresses[0].AddressFamily).ToList();
        for (var i = 0; i < Math.Max(first.Count, second.Count); i++)
        {
            if (i < first.Count)
                yield return first[i];
            if (i < second.Count)
                yield return second[i];
        }
    }

    private static async Task<Socket> AttemptAsync(IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endpoint, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>It came second, or failed when nobody looked any more.</summary>
    private static void Forget(Task<Socket> late)
    {
        if (late.IsCompletedSuccessfully)
            late.Result.Dispose();
        else
            _ = late.Exception;
    }
}
