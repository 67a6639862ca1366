using System.Text;
using Grpc.Core;
using Kilometers.GoPlugin.Server.Stdio;
using Kilometers.GoPlugin.Wire;
using Xunit;

namespace Kilometers.GoPlugin.Server.Tests;

public sealed class StdioTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(20);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_printed_before_the_stream_opened_and_after_reaches_the_host_on_its_channel()
    {
        await using var plugin = await Raw.StartAsync();
        var channel = plugin.Open();
        await channel.TextAsync("raw.Raw", "Print", "früh");
        using var call = Open(channel);
        await channel.TextAsync("raw.Raw", "Print", "late");
        var (output, error) = await ReadUntilAsync(call, "error: late\n");
        Assert.Equal("früh\nlate\n", output);
        Assert.Equal("error: früh\nerror: late\n", error);
    }

    [Fact]
    public async Task The_last_words_before_the_end_reach_the_host()
    {
        await using var plugin = await Raw.StartAsync();
        var channel = plugin.Open();
        using var call = Open(channel);
        await channel.CallAsync<Wire.Empty, Wire.Empty>("plugin.GRPCController", "Shutdown", new());
        var (output, _) = await ReadUntilAsync(call, null);
        Assert.Equal("stopping\n", output);
        Assert.Equal(0, await plugin.ExitAsync());
    }

    [Fact]
    public async Task A_plugin_that_prints_megabytes_to_a_host_that_never_listens_goes_on()
    {
        await using var plugin = await Raw.StartAsync();
        var channel = plugin.Open();
        var text = new string('x', 3 << 20);
        await channel.TextAsync("raw.Raw", "Print", text);
        Assert.Equal("5", await channel.TextAsync("raw.Raw", "Version", ""));
    }

    [Fact]
    public async Task Write_BufferFullAndNoReader_DropsAndSaysHowMuch()
    {
        var buffer = new StdioBuffer(10, Soon);
        buffer.Write(StdioChannel.Output, "0123456789abc"u8);
        Assert.Equal("0123456789", await TextAsync(buffer));
        Assert.Contains("[3 bytes", await TextAsync(buffer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_ReaderDrains_NothingIsLost()
    {
        var buffer = new StdioBuffer(10, TimeSpan.FromSeconds(20));
        async Task<string> ReadAsync()
        {
            var all = new StringBuilder();
            while (await buffer.ReadAsync(Token) is { } chunk)
                all.Append(Encoding.ASCII.GetString(chunk.Data));
            return all.ToString();
        }
        var reading = ReadAsync();
        buffer.Write(StdioChannel.Output, "0"u8);
        for (var index = 0; index < 50; index++)
            buffer.Write(StdioChannel.Output, "0123456789abc"u8);
        buffer.Complete();
        Assert.Equal("0" + string.Concat(Enumerable.Repeat("0123456789abc", 50)), await reading);
    }

    [Fact]
    public async Task Write_ReaderStalls_WaitsOnceOnly()
    {
        var wait = TimeSpan.FromMilliseconds(300);
        var buffer = new StdioBuffer(4, wait);
        buffer.Write(StdioChannel.Output, "x"u8);
        await buffer.ReadAsync(Token);
        var started = TimeProvider.System.GetTimestamp();
        for (var index = 0; index < 100; index++)
            buffer.Write(StdioChannel.Output, "01234567"u8);
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), 0.8 * wait, 50 * wait); // not a hundred times
    }

    private static async Task<string> TextAsync(StdioBuffer buffer) =>
        Encoding.ASCII.GetString((await buffer.ReadAsync(Token))!.Value.Data);

    private static AsyncServerStreamingCall<StdioData> Open(Grpc.Net.Client.GrpcChannel channel) =>
        channel
            .CreateCallInvoker()
            .AsyncServerStreamingCall(
                Rpc.Method<Google.Protobuf.WellKnownTypes.Empty, StdioData>("plugin.GRPCStdio", "StreamStdio", MethodType.ServerStreaming),
                null,
                new CallOptions(cancellationToken: Token),
                new()
            );

    private static async Task<(string Output, string Error)> ReadUntilAsync(AsyncServerStreamingCall<StdioData> call, string? end)
    {
        string output = "",
            error = "";
        while (
            !(end is not null && (output.EndsWith(end, StringComparison.Ordinal) || error.EndsWith(end, StringComparison.Ordinal)))
            && await call.ResponseStream.MoveNext(Token)
        )
        {
            var text = call.ResponseStream.Current.Data.ToStringUtf8();
            if (call.ResponseStream.Current.Channel == StdioData.Types.Channel.Stdout)
                output += text;
            else
                error += text;
        }
        return (output, error);
    }
}
