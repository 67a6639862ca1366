using System.Net;
using System.Net.Sockets;
using CsCheck;
using Kilometers.Contracts;
using Kilometers.PluginHost.Egress;
using Microsoft.Extensions.Time.Testing;

namespace Kilometers.PluginHost.Tests.Egress;

/// <summary>The proxy over real sockets: what a plugin asks, gets, and cannot get.</summary>
public sealed class EgressProxyTests
{
    [Fact]
    public async Task Connect_AGrantedHost_PassesBytesBothWaysAndCountsThem()
    {
        await using var bench = new EgressBench();
        var (plugin, host) = await bench.ConnectAsync();
        await using var hostStream = new NetworkStream(host, ownsSocket: true);
        await EgressBench.SendAsync(plugin, "question\r\n\r\n");
        Assert.Equal("question\r\n\r\n", await EgressBench.ReadHeadAsync(hostStream));
        await EgressBench.SendAsync(hostStream, "answer\r\n\r\n");
        Assert.Equal("answer\r\n\r\n", await EgressBench.ReadHeadAsync(plugin));
        await EgressBench.ForAsync(() => bench.Journal.Use == new NetworkUse(1, 1, 0, 0, 12, 10));
        await plugin.DisposeAsync();
        Assert.Equal("", await EgressBench.ReadToEndAsync(hostStream));
        await hostStream.DisposeAsync();
        await EgressBench.ForAsync(() => bench.Journal.Use.Open == 0);
        Assert.Equal([(bench.Target.ToString(), null)], bench.Told);
    }

    [Fact]
    public async Task Connect_BytesSentWithTheRequest_ReachTheHost()
    {
        await using var bench = new EgressBench();
        await using var plugin = await bench.AcceptAsync();
        await EgressBench.SendAsync(plugin, $"CONNECT {bench.Target} HTTP/1.1\r\n\r\nearly\r\n\r\n");
        await using var host = new NetworkStream(
            await bench.Host.AcceptSocketAsync(TestContext.Current.CancellationToken),
            ownsSocket: true
        );
        Assert.Equal("early\r\n\r\n", await EgressBench.ReadHeadAsync(host));
    }

    [Theory]
    [InlineData("other.test:{0}")]
    [InlineData("host.test:1")]
    [InlineData("127.0.0.1:{0}")]
    [InlineData("[::1]:{0}")]
    [InlineData("host.test.example:{0}")]
    public async Task Connect_AnotherHostOrPort_RefusedAndToldOnce(string target)
    {
        await using var bench = new EgressBench();
        target = string.Format(System.Globalization.CultureInfo.InvariantCulture, target, bench.Target.Port);
        for (var i = 0; i < 3; i++)
        {
            var (plugin, answer) = await bench.AskAsync(target);
            Assert.StartsWith("HTTP/1.1 403 ", answer, StringComparison.Ordinal);
            Assert.Contains("Km-Error: PLG_NET_001\r\n", answer, StringComparison.Ordinal);
            Assert.Contains(
                $"{target} is nowhere that this plugin may connect to",
                await EgressBench.ReadToEndAsync(plugin),
                StringComparison.Ordinal
            );
        }

        Assert.Equal((3, 0), (bench.Journal.Use.Refused, bench.Journal.Use.Connections));
        Assert.Equal((target, ErrorCode.HostNotGranted), (Assert.Single(bench.Told).Host, bench.Told[0].Error!.Code));
        Assert.False(bench.Host.Pending());
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("10.1.2.3")]
    [InlineData("169.254.169.254")]
    [InlineData("::ffff:127.0.0.1")]
    public async Task Connect_ANameThatLeadsToAPrivateAddress_Refused(string address)
    {
        await using var bench = new EgressBench(
            grant: target => NetworkGrant.Of([target.ToString()], "", []),
            addresses: () => [IPAddress.Parse(address)]
        );
        var (_, answer) = await bench.AskAsync(bench.Target.ToString());
        Assert.StartsWith("HTTP/1.1 403 ", answer, StringComparison.Ordinal);
        Assert.Contains("Km-Error: PLG_NET_002\r\n", answer, StringComparison.Ordinal);
        Assert.False(bench.Host.Pending());
    }

    /// <summary>The name is resolved once, and what was checked is what is connected to: a second answer is never asked for.</summary>
    [Fact]
    public async Task Connect_ANameThatChanges_IsResolvedOnce()
    {
        var asked = 0;
        await using var bench = new EgressBench(
            new EgressOptions { ConnectLimit = TimeSpan.FromMilliseconds(300) },
            target => NetworkGrant.Of([target.ToString()], "", []),
            () => Interlocked.Increment(ref asked) == 1 ? [IPAddress.Parse("192.0.2.1"), IPAddress.Loopback] : [IPAddress.Loopback]
        );
        Assert.Contains("PLG_NET_002", (await bench.AskAsync(bench.Target.ToString())).Answer, StringComparison.Ordinal);
        Assert.Equal(1, asked);
        Assert.False(bench.Host.Pending());
    }

    [Fact]
    public async Task Connect_TheFirstAddressDoesNotAnswer_TheNextIsTried()
    {
        // Nobody listens at the port of 127.0.0.2; IPv6's loopback may not even be there.
        await using var bench = new EgressBench(addresses: () =>
            [IPAddress.IPv6Loopback, IPAddress.Parse("127.0.0.2"), IPAddress.Loopback]
        );
        var (plugin, host) = await bench.ConnectAsync();
        host.Dispose();
        Assert.Equal("", await EgressBench.ReadToEndAsync(plugin));
    }

    [Fact]
    public async Task Connect_NobodyListens_UnreachableWithoutAWarning()
    {
        await using var bench = new EgressBench();
        bench.Host.Stop();
        var (plugin, answer) = await bench.AskAsync(bench.Target.ToString());
        Assert.StartsWith("HTTP/1.1 502 ", answer, StringComparison.Ordinal);
        Assert.Contains("Km-Error: PLG_NET_003\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("cannot be reached", await EgressBench.ReadToEndAsync(plugin), StringComparison.Ordinal);
        Assert.Empty(bench.Told);
        Assert.Equal(1, bench.Journal.Use.Failed);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: host.test\r\n\r\n")]
    [InlineData("connect host.test:1 HTTP/1.1\r\n\r\n")]
    [InlineData("CONNECT host.test HTTP/1.1\r\n\r\n")]
    [InlineData("CONNECT  host.test:1 HTTP/1.1\r\n\r\n")]
    [InlineData("CONNECT host.test:1 HTTP/2\r\n\r\n")]
    [InlineData("CONNECT h\u00f6st.test:1 HTTP/1.1\r\n\r\n")]
    [InlineData("CONNECT host.test:1\0 HTTP/1.1\r\n\r\n")]
    [InlineData("\r\n\r\n")]
    [InlineData("\u0016\u0003\u0001\u0002\0\u0001\0\r\n\r\n")]
    public async Task Connect_Garbage_IsRefusedAndTheNextRequestServed(string request)
    {
        await using var bench = new EgressBench();
        var garbage = await bench.AcceptAsync();
        await EgressBench.SendAsync(garbage, request);
        var answer = await EgressBench.ReadHeadAsync(garbage);
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("Km-Error: PLG_NET_005\r\n", answer, StringComparison.Ordinal);
        var (_, host) = await bench.ConnectAsync();
        host.Dispose();
    }

    [Fact]
    public async Task Connect_ARequestWithoutEnd_IsCutAtItsLargestSize()
    {
        await using var bench = new EgressBench(new EgressOptions { MaxRequest = 256 });
        await using var plugin = await bench.AcceptAsync();
        await EgressBench.SendAsync(plugin, $"CONNECT {bench.Target} HTTP/1.1\r\nX: {new string('x', 256)}");
        Assert.StartsWith("HTTP/1.1 400 ", await EgressBench.ReadHeadAsync(plugin), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_ASlowRequest_IsGivenUp()
    {
        var time = new FakeTimeProvider();
        await using var bench = new EgressBench(time: time);
        await using var plugin = await bench.AcceptAsync();
        await EgressBench.SendAsync(plugin, "CONN");
        var answer = EgressBench.ReadHeadAsync(plugin);
        while (!answer.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(5));
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        Assert.StartsWith("HTTP/1.1 400 ", await answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_MoreThanTheMost_WaitUntilOthersEnd()
    {
        await using var bench = new EgressBench(new EgressOptions { MaxConnections = 3 });
        var open = new List<(NetworkStream Plugin, Socket Host)>();
        for (var i = 0; i < 3; i++)
            open.Add(await bench.ConnectAsync());
        var next = bench.ConnectAsync();
        Assert.Equal(3, bench.Journal.Use.Open);
        Assert.False(next.IsCompleted);
        await open[1].Plugin.DisposeAsync();
        open[1].Host.Dispose();
        (await next).Host.Dispose();
        Assert.Equal(4, bench.Journal.Use.Connections);
    }

    [Fact]
    public async Task Connect_ThePluginListensLater_IsFound()
    {
        await using var bench = new EgressBench(isListening: false);
        await Task.Delay(50, TestContext.Current.CancellationToken);
        bench.Listen();
        (await bench.ConnectAsync()).Host.Dispose();
    }

    [Fact]
    public async Task Connect_ALinkInPlaceOfTheSocket_IsNotFollowed()
    {
        await using var bench = new EgressBench(isListening: false);
        using var folder = new TemporaryFolder();
        using var elsewhere = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        var path = Path.Combine(folder.Path, "elsewhere");
        elsewhere.Bind(new UnixDomainSocketEndPoint(path));
        elsewhere.Listen();
        File.CreateSymbolicLink(bench.SocketPath, path);
        await Assert.ThrowsAsync<TimeoutException>(() =>
            elsewhere
                .AcceptAsync(TestContext.Current.CancellationToken)
                .AsTask()
                .WaitAsync(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken)
        );
    }

    [Fact]
    public async Task Tunnel_OneEndFinishesWriting_StillReads()
    {
        await using var bench = new EgressBench();
        var (plugin, host) = await bench.ConnectAsync();
        await using var hostStream = new NetworkStream(host, ownsSocket: true);
        await EgressBench.SendAsync(plugin, "all of it");
        plugin.Socket.Shutdown(SocketShutdown.Send);
        Assert.Equal("all of it", await EgressBench.ReadToEndAsync(hostStream));
        await EgressBench.SendAsync(hostStream, "and an answer");
        await hostStream.DisposeAsync();
        Assert.Equal("and an answer", await EgressBench.ReadToEndAsync(plugin));
        await EgressBench.ForAsync(() => bench.Journal.Use.Open == 0);
    }

    [Fact]
    public async Task Tunnel_TheHostDoesNotRead_ThePluginIsHeldBack()
    {
        await using var bench = new EgressBench();
        var (plugin, host) = await bench.ConnectAsync();
        using var _ = host;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        var sent = 0L;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            while (sent < 1L << 30)
            {
                await plugin.WriteAsync(new byte[65536], limit.Token);
                sent += 65536;
            }
        });
        Assert.InRange(sent, 65536, 64L << 20);
    }

    [Fact]
    public async Task Tunnel_NothingForTooLong_IsClosed()
    {
        var time = new FakeTimeProvider();
        await using var bench = new EgressBench(time: time);
        var (plugin, host) = await bench.ConnectAsync();
        using var _ = host;
        time.Advance(new EgressOptions().IdleLimit - TimeSpan.FromSeconds(1));
        await EgressBench.SendAsync(plugin, "x");
        await EgressBench.ForAsync(() => bench.Journal.Use.BytesSent == 1);
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(1, bench.Journal.Use.Open);
        time.Advance(new EgressOptions().IdleLimit);
        Assert.Equal("", await EgressBench.ReadToEndAsync(plugin));
    }

    /// <summary>A host that accepts and never answers: a plugin that gave up must not lose a place for each try.</summary>
    [Fact]
    public async Task Tunnel_ThePluginGaveUp_ItsPlaceIsFreeSoon()
    {
        var time = new FakeTimeProvider();
        await using var bench = new EgressBench(time: time);
        var (plugin, host) = await bench.ConnectAsync();
        using var _ = host;
        await plugin.DisposeAsync();
        Assert.Equal(
            0,
            await host.ReceiveAsync(new byte[1], TestContext.Current.CancellationToken)
                .AsTask()
                .WaitAsync(EgressBench.Limit, TestContext.Current.CancellationToken)
        );
        while (bench.Journal.Use.Open > 0)
        {
            time.Advance(new EgressOptions().HalfClosedLimit);
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        Assert.True(time.GetUtcNow() - time.Start < new EgressOptions().IdleLimit);
    }

    [Fact]
    public async Task Dispose_WithConnections_EndsThemAll()
    {
        await using var bench = new EgressBench();
        var (plugin, host) = await bench.ConnectAsync();
        var half = await bench.AcceptAsync();
        await EgressBench.SendAsync(half, "CONN");
        await bench.EndAsync();
        Assert.Equal(
            0,
            await host.ReceiveAsync(new byte[1], TestContext.Current.CancellationToken)
                .AsTask()
                .WaitAsync(EgressBench.Limit, TestContext.Current.CancellationToken)
        );
        Assert.Equal("", await EgressBench.ReadToEndAsync(plugin));

        // Ended, or reset if what it sent was not read any more.
        Assert.True(
            await Record.ExceptionAsync(async () => Assert.Equal("", await EgressBench.ReadToEndAsync(half))) is null or IOException
        );
        Assert.Equal(0, bench.Journal.Use.Open);
    }

    [Fact]
    public async Task Connect_ManyAtOnce_EachGetsItsOwnBytes()
    {
        await using var bench = new EgressBench();
        var echoing = Task.Run(
            async () =>
            {
                for (var i = 0; i < 100; i++)
                {
                    var socket = await bench.Host.AcceptSocketAsync(TestContext.Current.CancellationToken);
                    _ = Task.Run(
                        async () =>
                        {
                            await using var stream = new NetworkStream(socket, ownsSocket: true);
                            await stream.CopyToAsync(stream, TestContext.Current.CancellationToken);
                        },
                        TestContext.Current.CancellationToken
                    );
                }
            },
            TestContext.Current.CancellationToken
        );
        await Task.WhenAll(
            Enumerable
                .Range(0, 100)
                .Select(async i =>
                {
                    var (plugin, answer) = await bench.AskAsync(bench.Target.ToString());
                    Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
                    var text = string.Concat(Enumerable.Repeat($"{i};", 5000));
                    await EgressBench.SendAsync(plugin, text);
                    plugin.Socket.Shutdown(SocketShutdown.Send);
                    Assert.Equal(text, await EgressBench.ReadToEndAsync(plugin));
                    await plugin.DisposeAsync();
                })
        );
        await echoing;
        await EgressBench.ForAsync(() => bench.Journal.Use.Open == 0);
        Assert.Equal(100, bench.Journal.Use.Connections);
    }

    [Fact]
    public void Parse_Anything_IsATargetOrARefusal() =>
        Gen
            .Byte.Array[0, 200]
            .Sample(bytes =>
            {
                try
                {
                    return ConnectRequest.Parse([.. "CONNECT "u8, .. bytes]).Port is >= 1 and <= 65535;
                }
                catch (EgressException e)
                {
                    return e.Error.Code == ErrorCode.EgressRequest;
                }
            });

    [Fact]
    public void Journal_ManyMadeUpHosts_AreCountedAndNotAllTold()
    {
        var told = new List<string>();
        var journal = new EgressJournal((host, _) => told.Add(host));
        for (var i = 0; i < 1000; i++)
            journal.Refused(new HostPort($"h{i}.test", 1), new KmError(ErrorCode.HostNotGranted, "no"));
        journal.Opened(new HostPort("granted.test", 443));
        Assert.Equal(18, told.Count);
        Assert.Equal(("further hosts", "granted.test:443"), (told[16], told[17]));
        Assert.Equal(1000, journal.Use.Refused);
    }
}
