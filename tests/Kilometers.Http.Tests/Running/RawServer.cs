using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Kilometers.Http.Tests.Running;

/// <summary>A server that reads and writes exactly the bytes that its test wants.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _over = new();
    private readonly Task _serving;
    private int _connections;

    /// <param name="serve">Serves one connection.</param>
    public RawServer(Func<RawConnection, Task> serve)
    {
        _listener.Start();
        _serving = ServeAsync(serve);
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/mcp");

    public int Connections => Volatile.Read(ref _connections);

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        _listener.Stop();
        await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _over.Dispose();
    }

    private async Task ServeAsync(Func<RawConnection, Task> serve)
    {
        while (true)
        {
            var client = await _listener.AcceptTcpClientAsync(_over.Token);
            Interlocked.Increment(ref _connections);
            _ = Task.Run(async () =>
            {
                using var connection = new RawConnection(client);
                await serve(connection);
            });
        }
    }
}

/// <summary>One end of a connection: text of HTTP, and bytes.</summary>
internal sealed class RawConnection(TcpClient client) : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    public NetworkStream Stream { get; } = client.GetStream();

    public static async Task<RawConnection> OpenAsync(Uri address)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, address.Port, TestContext.Current.CancellationToken);
        return new RawConnection(client);
    }

    /// <summary>Reads up to the end of a head.</summary>
    public async Task<string> ReadHeadAsync()
    {
        var text = new StringBuilder();
        while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            text.Append((char)await ReadByteAsync());
        return text.ToString();
    }

    /// <summary>Reads until some text has come.</summary>
    public async Task<string> ReadUntilAsync(string end)
    {
        var text = new StringBuilder();
        while (!text.ToString().EndsWith(end, StringComparison.Ordinal))
            text.Append((char)await ReadByteAsync());
        return text.ToString();
    }

    public async Task<byte[]> ReadAsync(int count)
    {
        var bytes = new byte[count];
        await Stream.ReadExactlyAsync(bytes).AsTask().WaitAsync(Limit);
        return bytes;
    }

    /// <summary>Waits until the other end closes the connection.</summary>
    public async Task WaitUntilClosedAsync()
    {
        var bytes = new byte[4096];
        try
        {
            while (await Stream.ReadAsync(bytes).AsTask().WaitAsync(Limit) > 0)
            {
                // What comes before the end does not matter.
            }
        }
        catch (IOException)
        {
            // A reset is an end, too.
        }
    }

    public async Task WriteAsync(string text) => await Stream.WriteAsync(Encoding.Latin1.GetBytes(text));

    public void Dispose() => client.Dispose();

    private async Task<byte> ReadByteAsync() => (await ReadAsync(1))[0];
}
