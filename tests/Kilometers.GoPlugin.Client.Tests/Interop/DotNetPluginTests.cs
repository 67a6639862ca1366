using System.Globalization;
using System.Text;
using Grpc.Core;

namespace Kilometers.GoPlugin.Client.Tests.Interop;

/// <summary>The client with a plugin built on our own server half (tests/RawPlugin): what the old go-plugin of Debian cannot do.</summary>
public sealed class DotNetPluginTests : IDisposable
{
    private static readonly Marshaller<string> Text = Marshallers.Create(Encoding.UTF8.GetBytes, Encoding.UTF8.GetString);
    private readonly PluginBench _bench = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static string Executable { get; } =
        AppContext.BaseDirectory.Replace("Kilometers.GoPlugin.Client.Tests", "RawPlugin", StringComparison.Ordinal) + "raw-plugin";

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_the_plugin_prints_comes_over_gRPC_on_its_channel(bool autoMtls)
    {
        var printed = new Dictionary<PluginOutputChannel, string>();
        var options = Raw(autoMtls) with
        {
            Output = (channel, data) =>
            {
                lock (printed)
                    printed[channel] = printed.GetValueOrDefault(channel) + Encoding.UTF8.GetString(data.Span);
            },
        };
        await using var client = await GoPluginClient.StartAsync(options, Cancellation);
        Assert.Equal(5, client.ProtocolVersion);
        Assert.True(await client.CheckHealthAsync(Cancellation));
        await CallAsync(client.CallInvoker, "Print", "hello");
        await client.StopAsync(Cancellation);
        Assert.Equal(0, (await client.Exited).Code);
        lock (printed)
        {
            Assert.StartsWith("hello\n", printed[PluginOutputChannel.StandardOutput], StringComparison.Ordinal);
            Assert.Equal("error: hello\n", printed[PluginOutputChannel.StandardError]);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_host_dials_a_service_of_the_plugin(bool autoMtls)
    {
        await using var client = await GoPluginClient.StartAsync(Raw(autoMtls), Cancellation);
        var id = client.Broker.NextId();
        await CallAsync(client.CallInvoker, "Accept", id.ToString(CultureInfo.InvariantCulture));
        using var channel = await client.Broker.DialAsync(id, Cancellation);
        Assert.Equal("brokered", await CallAsync(channel.CreateCallInvoker(), "Version", ""));
    }

    [Fact]
    public async Task What_the_plugin_logs_arrives_with_level_time_and_fields()
    {
        await using var client = await GoPluginClient.StartAsync(Raw(autoMtls: true), Cancellation);
        await CallAsync(client.CallInvoker, "Log", "words");
        await client.StopAsync(Cancellation);
        var entry = Assert.Single(_bench.Log, e => e.Message.StartsWith("said words", StringComparison.Ordinal));
        Assert.Equal(PluginLogLevel.Warning, entry.Level);
        Assert.NotNull(entry.Timestamp);
        Assert.Equal("42", entry.Fields["Number"]);
    }

    private static async Task<string> CallAsync(CallInvoker invoker, string name, string argument) =>
        await invoker.AsyncUnaryCall(
            new Method<string, string>(MethodType.Unary, "raw.Raw", name, Text, Text),
            null,
            new CallOptions(cancellationToken: Cancellation),
            argument
        );

    private GoPluginClientOptions Raw(bool autoMtls) =>
        _bench.Options(Executable) with
        {
            MagicCookieKey = "RAW_PLUGIN",
            MagicCookieValue = "raw",
            ProtocolVersions = [3, 5],
            AutoMtls = autoMtls,
        };
}
