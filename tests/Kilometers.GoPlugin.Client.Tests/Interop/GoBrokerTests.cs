using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Grpc.Core;
using Kilometers.Wire.V1;

namespace Kilometers.GoPlugin.Client.Tests.Interop;

/// <summary>The broker, with the real one of a Go plugin on the other side.</summary>
public sealed class GoBrokerTests : IDisposable
{
    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(bytes => bytes, bytes => bytes);

    // Health Check("brokered"), written by hand: the test project has no health client of its own.
    private static readonly Method<byte[], byte[]> Check = new(MethodType.Unary, "grpc.health.v1.Health", "Check", Bytes, Bytes);
    private readonly PluginBench _bench = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_host_dials_a_service_of_the_plugin(bool autoMtls)
    {
        await using var client = await GoPluginClient.StartAsync(
            _bench.Options(GoPrograms.Find("v1plugin")) with
            {
                AutoMtls = autoMtls,
            },
            Cancellation
        );
        var id = client.Broker.NextId();
        Assert.True((await SendEventAsync(client, "broker.serve", id)).Success);
        using var channel = await client.Broker.DialAsync(id, Cancellation);
        var answer = await channel
            .CreateCallInvoker()
            .AsyncUnaryCall(Check, null, new CallOptions(cancellationToken: Cancellation), [10, 8, .. "brokered"u8])
            .ResponseAsync;
        Assert.Equal([8, 1], answer);
        Assert.NotEqual(id, client.Broker.NextId());
        Assert.Equal(autoMtls, client.Broker.HostCertificate is not null);
    }

    [Fact]
    public async Task The_plugin_dials_what_the_host_announces()
    {
        await using var client = await GoPluginClient.StartAsync(
            _bench.Options(GoPrograms.Find("v1plugin")) with
            {
                AutoMtls = false,
            },
            Cancellation
        );
        var path = Path.Combine(_bench.RunDirectory, "host");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        var id = client.Broker.NextId();
        await client.Broker.AnnounceAsync(id, "unix", path, Cancellation);
        var dialling = SendEventAsync(client, "broker.dial", id);
        using (var stream = new NetworkStream(await listener.AcceptAsync(Cancellation), ownsSocket: true))
        {
            var preface = new byte[14];
            await stream.ReadExactlyAsync(preface, Cancellation);
            Assert.Equal("PRI * HTTP/2.0", Encoding.ASCII.GetString(preface));
        }

        listener.Dispose();
        var answer = await dialling;
        Assert.False(answer.Success);
        Assert.Contains("Unavailable", answer.Error, StringComparison.Ordinal);
    }

    private static async Task<HandleStreamEventResponse> SendEventAsync(GoPluginClient client, string type, int id)
    {
        var request = new HandleStreamEventRequest { Event = new StreamEvent { Type = type } };
        request.Event.Data["id"] = id.ToString(CultureInfo.InvariantCulture);
        return await new KilometersPlugin.KilometersPluginClient(client.CallInvoker).HandleStreamEventAsync(
            request,
            cancellationToken: Cancellation
        );
    }
}
