using System.Net;
using System.Net.Sockets;

namespace Kilometers.EndToEnd.Tests.Faults;

/// <summary>Passes connections on to one of several ports, in turn, and to the next where nobody listens: the smallest balancer.</summary>
internal sealed class Relay : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly int[] _ports;
    private readonly TaskCompletionSource _stopped = new();
    private int _next;

    public Relay(params int[] ports)
    {
        _ports = ports;
        _listener.Start();
        Endpoint = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        _ = AcceptAsync();
    }

    public string Endpoint { get; }

    /// <summary>After how many bytes of one connection's answers no more are passed on; null: never.</summary>
    public long? StopAfter { get; set; }

    /// <summary>Ends when a connection has come so far.</summary>
    public Task Stopped => _stopped.Task;

    public void Dispose()
    {
        _end.Cancel();
        _listener.Stop();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = PassAsync(await _listener.AcceptTcpClientAsync(_end.Token));
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The end.
        }
    }

    private async Task PassAsync(TcpClient client)
    {
        using (client)
        {
            using var server = await ConnectAsync();
            if (server is null)
                return;
            try
            {
                // Whichever way ends first ends both: a node that is gone must be seen at once.
                await Task.WhenAny(
                    CopyAsync(client.GetStream(), server.GetStream(), isAnswer: false),
                    CopyAsync(server.GetStream(), client.GetStream(), isAnswer: true)
                );
            }
            catch (InvalidOperationException)
            {
                // One of the two is gone already.
            }
        }
    }

    private async Task<TcpClient?> ConnectAsync()
    {
        for (var attempt = 0; attempt < _ports.Length; attempt++)
        {
            var server = new TcpClient();
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _ports[(uint)Interlocked.Increment(ref _next) % _ports.Length], _end.Token);
                return server;
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                server.Dispose();
            }
        }

        return null;
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, bool isAnswer)
    {
        var (buffer, passed) = (new byte[16384], 0L);
        try
        {
            for (int count; (count = await from.ReadAsync(buffer, _end.Token)) > 0; passed += count)
            {
                if (isAnswer && passed > StopAfter)
                {
                    _stopped.TrySetResult();
                    while (await from.ReadAsync(buffer, _end.Token) > 0)
                    {
                        // Thrown away until the other end is gone.
                    }

                    return;
                }

                await to.WriteAsync(buffer.AsMemory(0, count), _end.Token);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // One of the two is gone.
        }
    }
}
