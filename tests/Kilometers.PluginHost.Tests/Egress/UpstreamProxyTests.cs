using System.Net;
using System.Net.Sockets;
using Kilometers.PluginHost.Egress;

namespace Kilometers.PluginHost.Tests.Egress;

/// <summary>Through the user's proxy.</summary>
public sealed class UpstreamProxyTests : IDisposable
{
    private readonly TcpListener _proxy = new(IPAddress.Loopback, 0);

    public UpstreamProxyTests() => _proxy.Start();

    private Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_proxy.LocalEndpoint).Port}");

    public void Dispose() => _proxy.Dispose();

    [Fact]
    public async Task Connect_TheProxyAgrees_ItsBytesAreTheHosts()
    {
        await using var bench = new EgressBench(proxy: new WebProxy(Address));
        var asking = bench.AskAsync(bench.Target.ToString());
        await using var proxy = await AcceptAsync();
        Assert.Equal($"CONNECT {bench.Target} HTTP/1.1\r\nHost: {bench.Target}\r\n\r\n", await EgressBench.ReadHeadAsync(proxy));

        // The first bytes of the host come together with the proxy's answer.
        await EgressBench.SendAsync(proxy, "HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\nhello\r\n\r\n");
        var (plugin, answer) = await asking;
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.Equal("hello\r\n\r\n", await EgressBench.ReadHeadAsync(plugin));
        Assert.False(bench.Host.Pending());
    }

    [Theory]
    [InlineData("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")]
    [InlineData("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nlate")]
    [InlineData("HTTP/1.1 2000 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 200")]
    [InlineData("SSH-2.0-OpenSSH_9.9\r\n\r\n")]
    [InlineData("")]
    public async Task Connect_TheProxyDoesNot_IsSaidAndNotGoneAround(string answer)
    {
        await using var bench = new EgressBench(proxy: new WebProxy(Address));
        var asking = bench.AskAsync(bench.Target.ToString());
        await using (var proxy = await AcceptAsync())
        {
            await EgressBench.ReadHeadAsync(proxy);
            await EgressBench.SendAsync(proxy, answer);
        }

        Assert.Contains("Km-Error: PLG_NET_004\r\n", (await asking).Answer, StringComparison.Ordinal);
        Assert.False(bench.Host.Pending());
        Assert.Equal("PLG_NET_004", Assert.Single(bench.Told).Error!.Code);
    }

    [Fact]
    public async Task Connect_NobodyIsAtTheProxy_IsSaid()
    {
        var address = Address;
        _proxy.Stop();
        await using var bench = new EgressBench(proxy: new WebProxy(address));
        Assert.Contains("Km-Error: PLG_NET_004\r\n", (await bench.AskAsync(bench.Target.ToString())).Answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_AProxyOfAnotherKind_IsSaid()
    {
        await using var bench = new EgressBench(proxy: new WebProxy(new Uri("socks5://127.0.0.1:1")));
        Assert.Contains("Km-Error: PLG_NET_004\r\n", (await bench.AskAsync(bench.Target.ToString())).Answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_AnAddressOfAPrivateNetwork_IsNotAskedForOfTheProxyEither()
    {
        await using var bench = new EgressBench(
            grant: _ => NetworkGrant.Of(["10.0.0.1:443", "127.0.0.1:1"], "", []),
            proxy: new WebProxy(Address)
        );
        Assert.Contains("Km-Error: PLG_NET_002\r\n", (await bench.AskAsync("10.0.0.1:443")).Answer, StringComparison.Ordinal);
        Assert.Contains("Km-Error: PLG_NET_002\r\n", (await bench.AskAsync("127.0.0.1:1")).Answer, StringComparison.Ordinal);
        Assert.False(_proxy.Pending());
    }

    [Fact]
    public async Task Connect_AHostThatTheProxyIsNotFor_IsReachedDirectly()
    {
        await using var bench = new EgressBench(proxy: new WebProxy(Address, BypassOnLocal: false, ["^https://host\\.test:"]));
        (await bench.ConnectAsync()).Host.Dispose();
        Assert.False(_proxy.Pending());
    }

    private async Task<NetworkStream> AcceptAsync() =>
        new(await _proxy.AcceptSocketAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(EgressBench.Limit), ownsSocket: true);
}
