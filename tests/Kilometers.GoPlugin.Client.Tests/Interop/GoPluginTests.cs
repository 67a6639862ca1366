using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Kilometers.Wire.V1;

namespace Kilometers.GoPlugin.Client.Tests.Interop;

/// <summary>The client with a plugin built on the real go-plugin.</summary>
public sealed class GoPluginTests : IDisposable
{
    private readonly PluginBench _bench = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_Go_plugin_starts_answers_and_stops(bool autoMtls)
    {
        var shutdownTimeout = TimeSpan.FromMinutes(1);
        _bench.Environment["KM_TEST_RECORD"] = _bench.RecordPath;
        await using var client = await GoPluginClient.StartAsync(
            Go() with
            {
                AutoMtls = autoMtls,
                ShutdownTimeout = shutdownTimeout,
            },
            Cancellation
        );
        var plugin = new KilometersPlugin.KilometersPluginClient(client.CallInvoker);

        Assert.Equal(1, client.ProtocolVersion);
        Assert.Equal("v1plugin", (await plugin.GetNameAsync(new Empty(), cancellationToken: Cancellation)).Value);
        Assert.True(await client.CheckHealthAsync(Cancellation));
        var response = await plugin.HandleMessageAsync(
            new HandleMessageRequest
            {
                Data = ByteString.CopyFromUtf8("{}"),
                Direction = "inbound",
                CorrelationId = "c",
            },
            cancellationToken: Cancellation
        );
        Assert.True(response.Success);

        var begin = Stopwatch.GetTimestamp();
        await client.StopAsync(Cancellation);
        Assert.True(Stopwatch.GetElapsedTime(begin) < shutdownTimeout, "it did not stop when it was asked to");
        Assert.Equal(0, (await client.Exited).Code);
        Assert.Equal([client.ProcessId], _bench.Started);
        Assert.Equal([client.ProcessId], _bench.Ended);

        var call = JsonDocument.Parse(File.ReadLines(_bench.RecordPath).Single()).RootElement;
        Assert.Equal("HandleMessage", call.GetProperty("call").GetString());
        Assert.Equal("{}", Encoding.UTF8.GetString(call.GetProperty("data").GetBytesFromBase64()));
        Assert.Contains(_bench.Log, e => e.Level == PluginLogLevel.Debug && e.Message == "plugin address" && e.Fields["network"] == "unix");
    }

    [Fact]
    public async Task The_highest_version_that_both_speak_is_taken()
    {
        _bench.Environment["KM_TEST_VERSIONS"] = "1,2,3";
        await using var client = await GoPluginClient.StartAsync(Go() with { ProtocolVersions = [2, 1] }, Cancellation);
        Assert.Equal(2, client.ProtocolVersion);
    }

    private GoPluginClientOptions Go() => _bench.Options(GoPrograms.Find("v1plugin"));
}
