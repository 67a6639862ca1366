using System.Net;
using System.Net.Sockets;
using System.Text;
using Kilometers.Plugin.Sdk.Networking;
using Xunit;

namespace Kilometers.Plugin.Sdk.Tests;

/// <summary>The plugin's half of the network, the test being km.</summary>
public sealed class HostNetworkTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
    private readonly string _folder = Directory.CreateTempSubdirectory("km-sdk-").FullName;
    private readonly EgressListener _listener;

    public HostNetworkTests() => _listener = new EgressListener(Path.Combine(_folder, "egress"));

    public void Dispose()
    {
        _listener.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("api.example.com", "api.example.com:443")]
    [InlineData("::1", "[::1]:443")]
    [InlineData("[::1]", "[::1]:443")]
    public async Task ConnectAsync_Connected_IsTheHostsStreamFromItsFirstByte(string host, string target)
    {
        await using var km = Dial();
        var connecting = _listener.ConnectAsync(host, 443, TestContext.Current.CancellationToken);
        Assert.Equal($"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n", await ReadHeadAsync(km));
        await SendAsync(km, "HTTP/1.1 200 Connected\r\nX: y\r\n\r\nhello\r\n\r\n");
        await using var stream = await connecting.WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.Equal("hello\r\n\r\n", await ReadHeadAsync(stream));
        await SendAsync(stream, "answer\r\n\r\n");
        Assert.Equal("answer\r\n\r\n", await ReadHeadAsync(km));
    }

    [Fact]
    public async Task ConnectAsync_Refused_SaysWhyWithTheCode()
    {
        await using var km = Dial();
        var connecting = _listener.ConnectAsync("api.example.com", 443, TestContext.Current.CancellationToken);
        await ReadHeadAsync(km);
        await SendAsync(km, "HTTP/1.1 403 Forbidden\r\nKm-Error: PLG_NET_001\r\nContent-Length: 9\r\n\r\nno reason\n");
        await km.DisposeAsync();
        var refusal = await Assert.ThrowsAsync<HostNetworkException>(() =>
            connecting.WaitAsync(Limit, TestContext.Current.CancellationToken)
        );
        Assert.Equal(("PLG_NET_001", "no reason"), (refusal.Code, refusal.Message));
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 Connected\r\n")]
    [InlineData("garbage\r\n\r\n")]
    public async Task ConnectAsync_NoAnswer_IsAnIOException(string answer)
    {
        await using var km = Dial();
        var connecting = _listener.ConnectAsync("api.example.com", 443, TestContext.Current.CancellationToken);
        await ReadHeadAsync(km);
        await SendAsync(km, answer);
        await km.DisposeAsync();
        await Assert.ThrowsAnyAsync<IOException>(() => connecting.WaitAsync(Limit, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task ConnectAsync_GivenUpWhileNobodyDials_TheNextIsConnected()
    {
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var first = _listener.ConnectAsync("api.example.com", 443, giveUp.Token);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WaitAsync(Limit, TestContext.Current.CancellationToken));
        await ConnectAsync_Connected_IsTheHostsStreamFromItsFirstByte("api.example.com", "api.example.com:443");
    }

    [Fact]
    public async Task ConnectAsync_AHostThatIsNoText_IsNeverWritten() =>
        await Assert.ThrowsAsync<ArgumentException>(() => _listener.ConnectAsync("a\r\nX: y", 443, TestContext.Current.CancellationToken));

    [Fact]
    public async Task CreateHandler_OutsideOfKm_ConnectsByItself()
    {
        Assert.False(HostNetwork.IsProvided);
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        using var http = new HttpClient(HostNetwork.CreateHandler());
        var answer = http.GetStringAsync(
            new Uri($"http://127.0.0.1:{((IPEndPoint)server.LocalEndpoint).Port}/"),
            TestContext.Current.CancellationToken
        );
        await using var stream = new NetworkStream(await server.AcceptSocketAsync(TestContext.Current.CancellationToken), ownsSocket: true);
        await ReadHeadAsync(stream);
        await SendAsync(stream, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        Assert.Equal("ok", await answer.WaitAsync(Limit, TestContext.Current.CancellationToken));
    }

    private NetworkStream Dial()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(Path.Combine(_folder, "egress")));
        return new NetworkStream(socket, ownsSocket: true);
    }

    private static async Task SendAsync(Stream stream, string text) =>
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text), TestContext.Current.CancellationToken);

    private static async Task<string> ReadHeadAsync(Stream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (
            !head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal)
            && await stream.ReadAsync(one, TestContext.Current.CancellationToken).AsTask().WaitAsync(Limit) > 0
        )
            head.Append((char)one[0]);
        return head.ToString();
    }
}
