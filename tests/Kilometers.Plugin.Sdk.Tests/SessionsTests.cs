using System.Text;
using Grpc.Core;
using Kilometers.Wire.V2;
using Xunit;

namespace Kilometers.Plugin.Sdk.Tests;

/// <summary>Contract version 2 with many sessions in one process.</summary>
public sealed class SessionsTests
{
    private static readonly (string, string) Serves = ("SESSIONS", "1");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_process_serves_sessions_side_by_side_each_with_its_instance_and_its_output()
    {
        await using var plugin = await ReadyAsync(("PRINT", "1"));
        using var first = await BeginAsync(plugin, "a");
        using var second = await BeginAsync(plugin, "b", color: true);
        await second.RequestStream.WriteAsync(new Batch { Items = { TestPluginProcess.Message(7) } }, Token);
        Assert.Equal((7UL, "b saw \"1\"\n"), await ReadAsync(second, 7));
        await first.RequestStream.WriteAsync(new Batch { Items = { TestPluginProcess.Message(1), TestPluginProcess.Message(2) } }, Token);
        Assert.Equal((2UL, "a saw \"1\"\na saw \"1\"\n"), await ReadAsync(first, 2));
        Assert.Equal(
            ["a s-a False", "b s-b True"],
            plugin
                .Recorded("initialize")
                .Select(one => $"{one.GetProperty("label")} {one.GetProperty("session")} {one.GetProperty("color")}")
                .Order()
        );

        // One ends, and its instance with it; the other continues.
        await first.RequestStream.CompleteAsync();
        Assert.False(await first.ResponseStream.MoveNext(Token));
        Assert.Single(plugin.Recorded("shutdown"));
        await second.RequestStream.WriteAsync(new Batch { Items = { TestPluginProcess.Message(8) } }, Token);
        Assert.Equal(8UL, (await ReadAsync(second, 8)).Sequence);
        await second.RequestStream.CompleteAsync();
        Assert.False(await second.ResponseStream.MoveNext(Token));
        Assert.True((await plugin.CallAsync<ShutdownRequest, ShutdownResponse>("Shutdown", new() { DeadlineMs = 1000 })).Success);
        Assert.Equal(2, plugin.Recorded("shutdown").Length);
    }

    [Theory]
    [InlineData("add", 1, "")]
    [InlineData("deny", 2, "not today")]
    [InlineData("replace", 3, "not today")]
    public async Task A_request_is_decided_by_the_instance_of_its_session(string tool, int verdict, string reason)
    {
        await using var plugin = await ReadyAsync();
        using var session = await BeginAsync(plugin, "a");
        await session.RequestStream.WriteAsync(new Batch { Items = { TestPluginProcess.Message(1) } }, Token);
        await ReadAsync(session, 1);
        var answer = await plugin.CallAsync<InterceptRequest, InterceptResponse>("Intercept", Held("s-a", tool));
        Assert.Equal(((Verdict)verdict, reason), (answer.Verdict, answer.Reason));
        await Assert.ThrowsAsync<RpcException>(() => plugin.CallAsync<InterceptRequest, InterceptResponse>("Intercept", Held("s-b", tool)));
        await Assert.ThrowsAsync<RpcException>(() =>
            plugin.CallAsync<InterceptRequest, InterceptResponse>("Intercept", Held("s-a", "throw"))
        );
    }

    [Fact]
    public async Task A_request_of_a_session_that_begins_waits_until_it_can_be_decided()
    {
        await using var plugin = await ReadyAsync();
        var asked = plugin.CallAsync<InterceptRequest, InterceptResponse>("Intercept", Held("s-a", "deny", 60_000));
        using var session = await BeginAsync(plugin, "a");
        Assert.Equal(Verdict.Deny, (await asked).Verdict);
    }

    [Fact]
    public async Task A_process_that_is_shut_down_ends_its_sessions_once()
    {
        await using var plugin = await ReadyAsync();
        using var first = await BeginAsync(plugin, "a");
        using var second = await BeginAsync(plugin, "b");
        await first.RequestStream.WriteAsync(new Batch { Items = { TestPluginProcess.Message(1) } }, Token);
        await ReadAsync(first, 1);
        await second.RequestStream.WriteAsync(new Batch { Items = { TestPluginProcess.Message(1) } }, Token);
        await ReadAsync(second, 1);
        Assert.True((await plugin.CallAsync<ShutdownRequest, ShutdownResponse>("Shutdown", new() { DeadlineMs = 5000 })).Success);
        Assert.False(await first.ResponseStream.MoveNext(Token));
        Assert.False(await second.ResponseStream.MoveNext(Token));
        Assert.Equal(2, plugin.Recorded("shutdown").Length);
    }

    [Fact]
    public async Task A_session_that_cannot_be_initialized_is_refused_alone()
    {
        await using var plugin = await ReadyAsync(("FAIL_INITIALIZE", "b@no disk"));
        using var first = await BeginAsync(plugin, "a");
        using var refused = await BeginAsync(plugin, "b");
        Assert.True(await refused.ResponseStream.MoveNext(Token));
        Assert.Equal("InvalidOperationException: no disk", refused.ResponseStream.Current.Refused);
        Assert.False(await refused.ResponseStream.MoveNext(Token));
        await first.RequestStream.WriteAsync(new Batch { Items = { TestPluginProcess.Message(1) } }, Token);
        Assert.Equal(1UL, (await ReadAsync(first, 1)).Sequence);
    }

    [Fact]
    public async Task A_delivery_that_names_no_session_is_refused()
    {
        await using var plugin = await ReadyAsync();
        using var call = plugin.Deliver();
        await call.RequestStream.WriteAsync(new Batch { Items = { TestPluginProcess.Message(1) } }, Token);
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Token));
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
    }

    [Fact]
    public async Task An_older_host_that_names_a_session_gets_a_process_for_it_alone()
    {
        await using var plugin = await TestPluginProcess.ReadyAsync(Serves);
        Assert.Single(plugin.Recorded("initialize"));
        using var call = plugin.Deliver();
        await call.RequestStream.WriteAsync(new Batch { Items = { TestPluginProcess.Message(1) } }, Token);
        Assert.Equal(1UL, (await ReadAsync(call, 1)).Sequence);
        Assert.True((await plugin.CallAsync<ShutdownRequest, ShutdownResponse>("Shutdown", new() { DeadlineMs = 1000 })).Success);
        Assert.Single(plugin.Recorded("shutdown"));
    }

    [Fact]
    public async Task What_is_printed_in_a_flood_arrives_whole_and_in_order()
    {
        const int count = 20_000;
        await using var plugin = await ReadyAsync(("PRINT", "1"));
        using var call = await BeginAsync(plugin, new string('ü', 30));
        for (var first = 1; first <= count; first += 1000)
        {
            var batch = new Batch();
            for (var number = first; number < first + 1000; number++)
                batch.Items.Add(TestPluginProcess.Message((ulong)number));
            await call.RequestStream.WriteAsync(batch, Token);
        }

        var (_, output) = await ReadAsync(call, count);
        var line = $"{new string('ü', 30)} saw \"1\"";
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(count, lines.Length);
        Assert.All(lines, printed => Assert.Equal(line, printed));
    }

    private static async Task<TestPluginProcess> ReadyAsync(params (string, string)[] behaviour)
    {
        var plugin = await TestPluginProcess.StartAsync(2, [Serves, .. behaviour]);
        Assert.True((await plugin.CallAsync<DescribeRequest, DescribeResponse>("Describe", new())).ServesSessions);
        await plugin.CallAsync<AuthenticateRequest, AuthenticateResponse>("Authenticate", new());
        var answer = await plugin.CallAsync<InitializeRequest, InitializeResponse>("Initialize", new() { Config = new PluginConfig() });
        Assert.True(answer.Success, answer.Error);
        Assert.Empty(plugin.Recorded("initialize"));
        return plugin;
    }

    private static async Task<AsyncDuplexStreamingCall<Batch, Acknowledgement>> BeginAsync(
        TestPluginProcess plugin,
        string label,
        bool color = false
    )
    {
        var call = plugin.Deliver();
        var session = new Session
        {
            Id = "s-" + label,
            ServerLabel = label,
            Color = color,
        };
        await call.RequestStream.WriteAsync(new Batch { Session = session }, Token);
        return call;
    }

    /// <summary>Reads until a sequence is acknowledged; what was printed until then has come by then.</summary>
    private static async Task<(ulong Sequence, string Output)> ReadAsync(AsyncDuplexStreamingCall<Batch, Acknowledgement> call, ulong until)
    {
        using var output = new MemoryStream();
        var sequence = 0UL;
        while (sequence < until && await call.ResponseStream.MoveNext(Token))
        {
            output.Write(call.ResponseStream.Current.Output.Span);
            sequence = call.ResponseStream.Current.Sequence;
        }

        return (sequence, Encoding.UTF8.GetString(output.ToArray()));
    }

    private static InterceptRequest Held(string session, string tool, uint deadline = 1000) =>
        new()
        {
            SessionId = session,
            Message = new Message { Method = "tools/call", Name = tool },
            DeadlineMs = deadline,
        };
}
