using System.Diagnostics;
using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Kilometers.Wire.V1;

namespace Kilometers.GoPlugin.Client.Tests.Interop;

/// <summary>A Go plugin that talks too much, freezes, crashes or does not fit.</summary>
public sealed class GoPluginTroubleTests : IDisposable
{
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(1);
    private readonly PluginBench _bench = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task A_chatty_plugin_is_drained_and_its_output_delivered()
    {
        _bench.Environment["KM_TEST_CHATTY"] = "1";
        await using var client = await StartAsync();
        await InitializeAsync(client);
        await client.StopAsync(Cancellation);
        Assert.Equal(256 * 1024, _bench.Output.Length);
    }

    [Fact]
    public async Task A_log_line_of_one_megabyte_is_cut_and_the_next_one_read()
    {
        _bench.Environment["KM_TEST_LONG_LINE"] = "1";
        await using var client = await StartAsync();
        await InitializeAsync(client);
        await client.StopAsync(Cancellation);
        Assert.Contains(_bench.Log, e => e.BytesLeftOut == (1 << 20) - 65536 && e.RawLine.Length == 65536);
        Assert.Contains(_bench.Log, e => e is { Level: PluginLogLevel.Warning, Message: "after the long line" });
    }

    [Fact]
    public async Task A_log_callback_that_throws_does_not_stop_the_pipe()
    {
        _bench.Environment["KM_TEST_CHATTY"] = "1";
        var options = Go() with
        {
            Log = _ => throw new InvalidOperationException("no"),
            Output = (_, _) => throw new InvalidOperationException("no"),
        };
        await using var client = await GoPluginClient.StartAsync(options, Cancellation);
        await InitializeAsync(client);
        await client.StopAsync(Cancellation);
        Assert.NotEmpty(client.LastErrorLines);
    }

    [Fact]
    public async Task A_frozen_plugin_is_killed_when_it_is_stopped()
    {
        await using var client = await StartAsync();
        Freeze(client.ProcessId);
        using (var soon = CancellationTokenSource.CreateLinkedTokenSource(Cancellation))
        {
            soon.CancelAfter(TimeSpan.FromMilliseconds(200));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.CheckHealthAsync(soon.Token));
        }

        var begin = Stopwatch.GetTimestamp();
        await client.StopAsync(Cancellation);
        Assert.True(Stopwatch.GetElapsedTime(begin) > ShutdownTimeout * 0.9, "it was not given its time");
        Assert.Equal(9, (await client.Exited).Signal);
    }

    [Fact]
    public async Task A_cancelled_stop_kills_at_once_and_does_not_throw()
    {
        var shutdownTimeout = TimeSpan.FromMinutes(1);
        await using var client = await GoPluginClient.StartAsync(Go() with { ShutdownTimeout = shutdownTimeout }, Cancellation);
        Freeze(client.ProcessId);
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        var begin = Stopwatch.GetTimestamp();
        await client.StopAsync(cancellation.Token);
        Assert.True(Stopwatch.GetElapsedTime(begin) < shutdownTimeout, "it was not killed when the stop was cancelled");
        Assert.Equal(9, (await client.Exited).Signal);
    }

    [Fact]
    public async Task A_disposed_client_leaves_no_process_and_no_socket()
    {
        var client = await StartAsync();
        Assert.NotEmpty(Directory.GetFiles(_bench.RunDirectory));
        await client.DisposeAsync();
        await client.DisposeAsync();
        Assert.False(await PluginBench.StillRunsAsync(client.ProcessId));
        Assert.Empty(Directory.GetFiles(_bench.RunDirectory));
        Assert.Equal([client.ProcessId], _bench.Ended);
        await client.StopAsync(Cancellation);
    }

    [Fact]
    public async Task A_panic_is_logged_as_an_error_and_ends_the_plugin()
    {
        await using var client = await StartAsync();
        await Assert.ThrowsAsync<RpcException>(() => SendAsync(client, "panic"));
        Assert.Equal(2, (await client.Exited).Code);
        await client.StopAsync(Cancellation);
        Assert.False(await client.CheckHealthAsync(Cancellation));
        Assert.Contains(client.LastErrorLines, line => line.Contains("goroutine", StringComparison.Ordinal));
        Assert.Contains(_bench.Log, e => e is { Level: PluginLogLevel.Error, Message: "panic: told to panic" });
        Assert.Contains(_bench.Log, e => e.Level == PluginLogLevel.Error && e.Message.StartsWith("goroutine", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_plugin_that_exits_is_reported_with_its_code_and_last_words()
    {
        await using var client = await StartAsync();
        await Assert.ThrowsAsync<RpcException>(() => SendAsync(client, "exit"));
        Assert.Equal(3, (await client.Exited).Code);
        await client.StopAsync(Cancellation);
        Assert.Equal("told to exit", client.LastErrorLines[^1]);
    }

    [Fact]
    public async Task A_message_above_the_plugins_limit_fails_alone()
    {
        await using var client = await StartAsync();
        var error = await Assert.ThrowsAsync<RpcException>(() => SendAsync(client, new string('x', 5 * 1024 * 1024)));
        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
        Assert.True((await SendAsync(client, "small")).Success);
    }

    [Fact]
    public async Task A_plugin_that_does_not_know_the_cookie_says_so()
    {
        var error = await Assert.ThrowsAsync<GoPluginException>(() =>
            GoPluginClient.StartAsync(Go() with { MagicCookieValue = "other" }, Cancellation)
        );
        Assert.Equal(GoPluginFailure.ExitedBeforeHandshake, error.Failure);
        Assert.Equal(1, error.Exit?.Code);
        Assert.Contains("magic cookie", error.Message, StringComparison.Ordinal);
        Assert.Contains("This binary is a plugin", string.Join('\n', error.LastErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plugin_of_other_versions_is_refused()
    {
        _bench.Environment["KM_TEST_VERSIONS"] = "7";
        var error = await Assert.ThrowsAsync<GoPluginException>(() => StartAsync());
        Assert.Equal(GoPluginFailure.UnsupportedProtocolVersion, error.Failure);
        Assert.Contains("version 7; this host speaks 1, 2", error.Message, StringComparison.Ordinal);
    }

    private static void Freeze(int processId)
    {
        using var kill = Process.Start("kill", ["-STOP", processId.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();

        // The system stops one thread after the other; until then the others still work.
        SpinWait.SpinUntil(() => Directory.GetDirectories($"/proc/{processId}/task").All(IsStopped), TimeSpan.FromMinutes(1));

        static bool IsStopped(string thread) => File.ReadAllText($"{thread}/stat").Split(") ")[^1].StartsWith('T');
    }

    private static async Task InitializeAsync(GoPluginClient client) =>
        await new KilometersPlugin.KilometersPluginClient(client.CallInvoker).InitializeAsync(
            new InitializeRequest { Config = new PluginConfig() },
            cancellationToken: Cancellation
        );

    private static async Task<HandleMessageResponse> SendAsync(GoPluginClient client, string data) =>
        await new KilometersPlugin.KilometersPluginClient(client.CallInvoker).HandleMessageAsync(
            new HandleMessageRequest { Data = ByteString.CopyFromUtf8(data) },
            cancellationToken: Cancellation
        );

    private GoPluginClientOptions Go() => _bench.Options(GoPrograms.Find("v1plugin")) with { ShutdownTimeout = ShutdownTimeout };

    private Task<GoPluginClient> StartAsync() => GoPluginClient.StartAsync(Go(), Cancellation);
}
