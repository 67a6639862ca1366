using System.Net.Sockets;

namespace Kilometers.GoPlugin.Client.Tests.Launch;

/// <summary>A plugin cannot lead its host to anybody else: the host, unlike the plugin, is not confined.</summary>
public sealed class OwnSocketTests : IDisposable
{
    private readonly PluginBench _bench = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("unix|/tmp/docker.sock", "not in the directory")]
    [InlineData("unix|{0}", "not in the directory")]
    [InlineData("unix|{0}/", "not in the directory")]
    [InlineData("unix|{0}/.", "not in the directory")]
    [InlineData("unix|{0}/..", "not in the directory")]
    [InlineData("unix|{0}/../docker.sock", "not in the directory")]
    [InlineData("unix|{0}/sub/s", "not in the directory")]
    [InlineData("unix|{0}//s", "not in the directory")]
    [InlineData("unix|{0}x/s", "not in the directory")]
    [InlineData("tcp|127.0.0.1:1234", "Unix sockets only")]
    [InlineData("tcp|[::1]:1234", "Unix sockets only")]
    public async Task A_handshake_that_names_another_place_is_refused(string address, string why)
    {
        address = address.Replace("{0}", _bench.RunDirectory, StringComparison.Ordinal);
        var error = await FailAsync($"echo '1|1|{address}|grpc|'; sleep 60");
        Assert.Equal(GoPluginFailure.InvalidHandshake, error.Failure);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("s", "which is not the plugin's")]
    [InlineData("link", "it is a link")]
    public async Task A_socket_of_another_process_gets_not_one_byte(string named, string why)
    {
        using var listener = Listen("s");
        File.CreateSymbolicLink(Path.Combine(_bench.RunDirectory, "link"), Path.Combine(_bench.RunDirectory, "s"));
        var received = ReceiveAllAsync(listener);
        var error = await FailAsync($"echo '1|1|unix|{_bench.RunDirectory}/{named}|grpc|'; sleep 60");
        Assert.Equal(GoPluginFailure.ConnectionFailed, error.Failure);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        listener.Dispose();
        Assert.Equal(0, await received);
    }

    [Fact]
    public async Task A_process_that_the_plugin_started_may_listen_for_it()
    {
        // The shell stays, and the real plugin runs below it.
        var options = _bench.Options("/bin/sh", "-c", $"'{Interop.GoPrograms.Find("v1plugin")}'; exit 7");
        await using var client = await GoPluginClient.StartAsync(options, Cancellation);
        Assert.True(await client.CheckHealthAsync(Cancellation));
    }

    private Socket Listen(string name)
    {
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(_bench.RunDirectory, name)));
        listener.Listen();
        return listener;
    }

    /// <summary>Counts the bytes that come, on all connections, until the listener is closed.</summary>
    private static async Task<long> ReceiveAllAsync(Socket listener)
    {
        var count = 0L;
        try
        {
            while (true)
            {
                using var peer = await listener.AcceptAsync(Cancellation);
                var buffer = new byte[1000];
                while (await peer.ReceiveAsync(buffer, Cancellation) is var more and > 0)
                    count += more;
            }
        }
        catch (SocketException)
        {
            return count;
        }
        catch (ObjectDisposedException)
        {
            return count;
        }
    }

    private async Task<GoPluginException> FailAsync(string script)
    {
        var options = _bench.Script(script) with { Addresses = PluginAddresses.OwnSocket, AutoMtls = false };
        var error = await Assert.ThrowsAsync<GoPluginException>(() => GoPluginClient.StartAsync(options, Cancellation));
        Assert.False(await PluginBench.StillRunsAsync(Assert.Single(_bench.Started)));
        return error;
    }
}
