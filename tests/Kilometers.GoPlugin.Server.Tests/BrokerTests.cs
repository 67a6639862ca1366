using Grpc.Core;
using Kilometers.GoPlugin.Wire;
using Xunit;

namespace Kilometers.GoPlugin.Server.Tests;

public sealed class BrokerTests
{
    private static readonly Method<ConnInfo, ConnInfo> StartStream = Rpc.Method<ConnInfo, ConnInfo>(
        "plugin.GRPCBroker",
        "StartStream",
        MethodType.DuplexStreaming
    );

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_the_plugin_accepts_is_announced_and_secured_as_the_first_connection(bool tls)
    {
        await using var plugin = await Raw.StartAsync(tls);
        var channel = plugin.Open();
        using var stream = channel
            .CreateCallInvoker()
            .AsyncDuplexStreamingCall(StartStream, null, new CallOptions(cancellationToken: Token));
        await channel.TextAsync("raw.Raw", "Accept", "7");
        Assert.True(await stream.ResponseStream.MoveNext(Token));
        var announced = stream.ResponseStream.Current;
        Assert.Equal((7u, "unix"), (announced.ServiceId, announced.Network));
        Assert.Equal("brokered", await plugin.Open(announced.Address).TextAsync("raw.Raw", "Version", ""));
        if (!tls)
            return;
        using var other = PluginProcess.NewCertificate();
        await Assert.ThrowsAsync<RpcException>(() => plugin.Open(announced.Address, other).TextAsync("raw.Raw", "Version", ""));
    }

    [Fact]
    public async Task What_the_host_announces_can_be_dialled()
    {
        await using var plugin = await Raw.StartAsync();
        await using var other = await Raw.StartAsync();
        var channel = plugin.Open();
        using var stream = channel
            .CreateCallInvoker()
            .AsyncDuplexStreamingCall(StartStream, null, new CallOptions(cancellationToken: Token));
        var dialling = channel.TextAsync("raw.Raw", "Dial", "9");
        await stream.RequestStream.WriteAsync(
            new ConnInfo
            {
                ServiceId = 9,
                Network = "unix",
                Address = other.Fields[3],
            },
            Token
        );
        Assert.Equal("5", await dialling);
    }

    [Fact]
    public async Task Dialling_what_is_never_announced_fails_in_time()
    {
        await using var plugin = await Raw.StartAsync();
        var error = await Assert.ThrowsAsync<RpcException>(() => plugin.Open().TextAsync("raw.Raw", "Dial", "11"));
        Assert.Equal(StatusCode.Unknown, error.StatusCode);
    }
}
