using Google.Protobuf;
using Kilometers.GoPlugin.Server.Tests;
using Kilometers.Wire.V1;
using Xunit;

namespace Kilometers.Plugin.Sdk.Tests;

public sealed class ContractV1Tests
{
    private const string Service = "kilometersplugin.KilometersPlugin";

    [Fact]
    public async Task The_same_plugin_serves_a_version_1_host()
    {
        await using var plugin = await TestPluginProcess.StartAsync(1);
        Assert.Equal("1", plugin.Plugin.Fields[1]);
        Assert.Equal("test-plugin", (await CallAsync<Empty, StringResponse>(plugin, "GetName", new())).Value);
        Assert.Equal("1.2.3", (await CallAsync<Empty, StringResponse>(plugin, "GetVersion", new())).Value);
        Assert.Equal("Free", (await CallAsync<Empty, StringResponse>(plugin, "GetRequiredTier", new())).Value);
        var authorization = await CallAsync<AuthenticateRequest, AuthenticateResponse>(plugin, "Authenticate", new() { ApiKey = "k" });
        Assert.True(authorization is { Success: true, AuthResponse: { Authorized: true, UserTier: "Free" } });
        Assert.True(
            (
                await CallAsync<InitializeRequest, InitializeResponse>(plugin, "Initialize", new() { Config = new() { Debug = true } })
            ).Success
        );
        await SendAsync(
            plugin,
            """{"jsonrpc":"2.0","id":"7","method":"tools/call","params":{"name":"echo","arguments":{}}}""",
            "inbound",
            "c1"
        );
        await SendAsync(plugin, """{"jsonrpc":"2.0","id":"7","result":{"content":[],"isError":true}}""", "outbound", "c1");
        Assert.True(
            (
                await CallAsync<HandleErrorRequest, HandleErrorResponse>(
                    plugin,
                    "HandleError",
                    new() { ErrorType = "t", ErrorMessage = "m" }
                )
            ).Success
        );
        Assert.True(
            (
                await CallAsync<HandleStreamEventRequest, HandleStreamEventResponse>(
                    plugin,
                    "HandleStreamEvent",
                    new() { Event = new() { Type = "session.ended" } }
                )
            ).Success
        );
        Assert.True((await CallAsync<ShutdownRequest, ShutdownResponse>(plugin, "Shutdown", new())).Success);

        var messages = plugin.Recorded("message");
        Assert.Equal(
            "Inbound Request tools/call \"7\" echo c1",
            Text(messages[0], "direction", "kind", "method", "id", "name", "correlation")
        );
        Assert.Equal(
            "Outbound Response tools/call \"7\" echo tool_error",
            Text(messages[1], "direction", "kind", "method", "id", "name", "error")
        );
        Assert.True(messages[1].GetProperty("latency").GetInt64() > 0);
        Assert.Equal("k", plugin.Recorded("authenticate")[0].GetProperty("key").GetString());
        Assert.Single(plugin.Recorded("error"));
        Assert.Single(plugin.Recorded("event"));
        Assert.Single(plugin.Recorded("shutdown"));
    }

    [Fact]
    public async Task A_denial_is_an_answer_and_never_authorizes()
    {
        await using var plugin = await TestPluginProcess.StartAsync(1, ("DENY", "not today"));
        var answer = await CallAsync<AuthenticateRequest, AuthenticateResponse>(plugin, "Authenticate", new());
        Assert.False(answer.AuthResponse.Authorized);
        Assert.Equal(("not today", ""), (answer.Error, answer.AuthResponse.UserTier));
    }

    [Fact]
    public async Task A_throwing_handler_is_an_unsuccessful_answer_and_the_next_message_is_handled()
    {
        await using var plugin = await TestPluginProcess.StartAsync(1, ("THROW", "bad"));
        var answer = await CallAsync<HandleMessageRequest, HandleMessageResponse>(
            plugin,
            "HandleMessage",
            new() { Data = ByteString.CopyFromUtf8("""{"method":"bad"}"""), Direction = "inbound" }
        );
        Assert.False(answer.Success);
        Assert.Contains("asked to throw", answer.Error, StringComparison.Ordinal);
        await SendAsync(plugin, """{"method":"good"}""", "inbound", "");
        Assert.Equal(2, plugin.Recorded("message").Length);
    }

    [Fact]
    public async Task What_the_plugin_has_no_interest_in_is_passed_over()
    {
        await using var plugin = await TestPluginProcess.StartAsync(1, ("METHODS", "tools/*"), ("METADATA_ONLY", "1"));
        await SendAsync(plugin, """{"id":1,"method":"ping"}""", "inbound", "a");
        await SendAsync(plugin, """{"id":2,"method":"tools/list"}""", "inbound", "b");
        await SendAsync(plugin, """{"id":1,"result":{}}""", "outbound", "a");
        await SendAsync(plugin, """{"id":2,"result":{}}""", "outbound", "b");
        var messages = plugin.Recorded("message");
        Assert.Equal(
            ["Request tools/list  True", "Response tools/list  True"],
            messages.Select(static message => Text(message, "kind", "method", "payload", "omitted"))
        );
    }

    private static string Text(System.Text.Json.JsonElement element, params string[] names) =>
        string.Join(' ', names.Select(name => element.GetProperty(name).ToString()));

    private static async Task SendAsync(TestPluginProcess plugin, string data, string direction, string correlation)
    {
        var answer = await CallAsync<HandleMessageRequest, HandleMessageResponse>(
            plugin,
            "HandleMessage",
            new()
            {
                Data = ByteString.CopyFromUtf8(data),
                Direction = direction,
                CorrelationId = correlation,
            }
        );
        Assert.True(answer.Success, answer.Error);
    }

    private static Task<TResponse> CallAsync<TRequest, TResponse>(TestPluginProcess plugin, string name, TRequest request)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new() => plugin.Channel.CallAsync<TRequest, TResponse>(Service, name, request);
}
