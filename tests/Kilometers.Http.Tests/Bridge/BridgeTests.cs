using Kilometers.Http.Tests.Running;
using Microsoft.AspNetCore.Http;

namespace Kilometers.Http.Tests.Bridge;

/// <summary>The real bridge between a client on standard input and output and a server over HTTP.</summary>
public sealed class BridgeTests
{
    private const string Initialize =
        """{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}""";

    private const string Initialized = """{"jsonrpc":"2.0","method":"notifications/initialized"}""";
    private const string Welcome = """{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-06-18","capabilities":{}}}""";
    private const string Call = """{"jsonrpc":"2.0","id":"c-1","method":"tools/call","params":{"name":"t"}}""";
    private const string Answer = """{"jsonrpc":"2.0","id":"c-1","result":{}}""";

    [Fact]
    public async Task A_session_keeps_its_id_and_version_and_ends_with_delete()
    {
        await using var server = await ScriptedServer.StartAsync(
            (context, body) => AnswerAsync(context, body, () => ScriptedServer.EventsAsync(context, $"data: {Answer}\n\n"))
        );
        await using var bridge = HttpProgram.Bridge(server.Address, "--header", "Authorization: Bearer ${BRIDGE_TEST_TOKEN}");
        await StartAsync(bridge);
        await bridge.SendAsync(Call);
        Assert.Equal(Answer, await bridge.ReadLineAsync());
        bridge.CloseInput();
        Assert.Null(await bridge.ReadLineAsync());
        Assert.Equal(0, await bridge.ExitAsync());

        var requests = server.Requests.ToList();
        Assert.Equal(Initialize, requests[0].Body);
        Assert.Null(requests[0]["Mcp-Session-Id"]);
        Assert.Null(requests[0]["MCP-Protocol-Version"]);
        Assert.Equal("application/json", requests[0]["Content-Type"]);
        Assert.Equal("application/json, text/event-stream", requests[0]["Accept"]);
        Assert.All(requests, request => Assert.Equal("Bearer t0ken", request["Authorization"]));
        Assert.All(requests.Skip(1), request => Assert.Equal("s-1", request["Mcp-Session-Id"]));
        Assert.All(requests.Skip(1), request => Assert.Equal("2025-06-18", request["MCP-Protocol-Version"]));
        Assert.Contains(requests, request => request is { Method: "GET" } && request["Accept"] == "text/event-stream");
        Assert.Equal("DELETE", requests[^1].Method);
    }

    [Fact]
    public async Task An_id_that_is_used_again_at_once_is_another_request()
    {
        await using var server = await ScriptedServer.StartAsync(
            (context, body) => AnswerAsync(context, body, () => ScriptedServer.JsonAsync(context, Answer))
        );
        await using var bridge = HttpProgram.Bridge(server.Address);
        await StartAsync(bridge);
        for (var i = 0; i < 500; i++)
        {
            await bridge.SendAsync(Call);
            Assert.Equal(Answer, await bridge.ReadLineAsync());
        }
    }

    [Fact]
    public async Task A_message_over_several_lines_is_one_line_for_the_client()
    {
        await using var server = await ScriptedServer.StartAsync(
            (context, body) =>
                AnswerAsync(context, body, () =>
                    ScriptedServer.JsonAsync(context, "{\r\n  \"jsonrpc\": \"2.0\",\n  \"id\": \"c-1\",\n  \"result\": {}\n}")
                )
        );
        await using var bridge = HttpProgram.Bridge(server.Address);
        await StartAsync(bridge);
        await bridge.SendAsync(Call);
        var message = await bridge.ReadMessageAsync();
        Assert.Equal("c-1", message.GetProperty("id").GetString());
    }

    [Fact]
    public async Task An_answer_that_breaks_off_is_asked_for_again_from_its_last_event()
    {
        await using var server = await ScriptedServer.StartAsync(
            (context, body) =>
                context.Request.Headers["Last-Event-ID"] == "e-7"
                    ? ScriptedServer.EventsAsync(context, $"id: e-8\ndata: {Answer}\n\n")
                    : AnswerAsync(context, body, () => ScriptedServer.EventsAsync(context, "id: e-7\nretry: 1\ndata:\n\n"))
        );
        await using var bridge = HttpProgram.Bridge(server.Address);
        await StartAsync(bridge);
        await bridge.SendAsync(Call);
        Assert.Equal(Answer, await bridge.ReadLineAsync());
    }

    [Fact]
    public async Task An_answer_that_breaks_off_for_good_is_an_error()
    {
        await using var server = await ScriptedServer.StartAsync(
            (context, body) => AnswerAsync(context, body, () => ScriptedServer.EventsAsync(context, ": nothing\n\n"))
        );
        await using var bridge = HttpProgram.Bridge(server.Address);
        await StartAsync(bridge);
        await bridge.SendAsync(Call);
        await AssertErrorAsync(bridge, "NET_UPS_003", null);
    }

    [Theory]
    [InlineData(401, "NET_AUT_001")]
    [InlineData(404, "NET_UPS_002")]
    [InlineData(503, "NET_UPS_002")]
    [InlineData(302, "NET_UPS_002")]
    public async Task A_status_of_http_is_an_error_for_the_client(int status, string code)
    {
        await using var server = await ScriptedServer.StartAsync((context, body) => AnswerAsync(context, body, () =>
                {
                    context.Response.StatusCode = status;
                    return Task.CompletedTask;
                }));
        await using var bridge = HttpProgram.Bridge(server.Address);
        await StartAsync(bridge);
        await bridge.SendAsync(Call);
        await AssertErrorAsync(bridge, code, status);
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":null,"error":{"code":-32020,"message":"mismatch"}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":"c-1","error":{"code":-32020,"message":"mismatch"}}""")]
    public async Task An_error_of_the_servers_own_passes(string error)
    {
        await using var server = await ScriptedServer.StartAsync(
            (context, body) => AnswerAsync(context, body, () => ScriptedServer.JsonAsync(context, error, 400))
        );
        await using var bridge = HttpProgram.Bridge(server.Address);
        await StartAsync(bridge);
        await bridge.SendAsync(Call);
        var message = await bridge.ReadMessageAsync();
        Assert.Equal("c-1", message.GetProperty("id").GetString());
        Assert.Equal(-32020, message.GetProperty("error").GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task A_server_of_2024_11_05_answers_on_its_stream()
    {
        var lines = System.Threading.Channels.Channel.CreateUnbounded<string>();
        await using var server = await ScriptedServer.StartAsync(
            async (context, body) =>
            {
                if (context.Request.Method == "GET")
                {
                    await ScriptedServer.EventsAsync(context, "event: endpoint\ndata: /messages?session=5\n\n");
                    await foreach (var line in lines.Reader.ReadAllAsync(context.RequestAborted))
                        await ScriptedServer.EventsAsync(context, $"event: message\ndata: {line}\n\n");
                }
                else if (context.Request.Path != "/messages")
                    context.Response.StatusCode = 405;
                else
                {
                    context.Response.StatusCode = 202;
                    if (body == Initialize)
                        lines.Writer.TryWrite(Welcome);
                    else if (body == Call)
                        lines.Writer.TryWrite(Answer);
                }
            }
        );
        await using var bridge = HttpProgram.Bridge(server.Address);
        await StartAsync(bridge);
        await bridge.SendAsync(Call);
        Assert.Equal(Answer, await bridge.ReadLineAsync());
        bridge.CloseInput();
        Assert.Equal(0, await bridge.ExitAsync());
    }

    [Fact]
    public async Task A_server_of_2024_11_05_whose_stream_ends_leaves_no_request_without_an_answer()
    {
        await using var server = await ScriptedServer.StartAsync(
            async (context, body) =>
            {
                if (context.Request.Method == "GET")
                    await ScriptedServer.EventsAsync(context, $"event: endpoint\ndata: /messages\n\ndata: {Welcome}\n\n");
                else
                    context.Response.StatusCode = context.Request.Path == "/messages" ? 202 : 405;
            }
        );
        await using var bridge = HttpProgram.Bridge(server.Address);
        await bridge.SendAsync(Initialize);
        Assert.Equal(Welcome, await bridge.ReadLineAsync());
        await bridge.SendAsync(Call);
        await AssertErrorAsync(bridge, "NET_UPS_003", null);
    }

    [Fact]
    public async Task A_modern_client_cancels_by_closing_the_stream()
    {
        const string Meta = "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"}";
        var (asked, closed) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var server = await ScriptedServer.StartAsync(
            async (context, _) =>
            {
                await ScriptedServer.EventsAsync(context, ": working\n\n");
                asked.SetResult();
                context.RequestAborted.Register(closed.SetResult);
                await closed.Task;
            }
        );
        await using var bridge = HttpProgram.Bridge(server.Address);
        await bridge.SendAsync($$$"""{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"t",{{{Meta}}}}}""");
        await asked.Task.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        await bridge.SendAsync($$$"""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5,{{{Meta}}}}}""");
        await closed.Task.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        var request = Assert.Single(server.Requests);
        Assert.Equal(("2026-07-28", "tools/call", "t"), (request["MCP-Protocol-Version"], request["Mcp-Method"], request["Mcp-Name"]));
        bridge.CloseInput();
        Assert.Null(await bridge.ReadLineAsync());
    }

    [Fact]
    public async Task A_redirection_to_another_server_is_not_followed()
    {
        await using var other = await ScriptedServer.StartAsync((context, _) => ScriptedServer.JsonAsync(context, Welcome));
        await using var server = await ScriptedServer.StartAsync(
            (context, _) =>
            {
                context.Response.StatusCode = 307;
                context.Response.Headers.Location = other.Address.AbsoluteUri;
                return Task.CompletedTask;
            }
        );
        await using var bridge = HttpProgram.Bridge(server.Address, "--header", "X-Key: secret");
        await bridge.SendAsync(Call);
        await AssertErrorAsync(bridge, "NET_UPS_002", 307);
        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_an_error_for_each_request()
    {
        var server = await ScriptedServer.StartAsync((_, _) => Task.CompletedTask);
        await server.DisposeAsync();
        await using var bridge = HttpProgram.Bridge(server.Address);
        await bridge.SendAsync(Call);
        await AssertErrorAsync(bridge, "NET_UPS_001", null);
        bridge.Terminate();
        Assert.Equal(128 + 15, await bridge.ExitAsync());
    }

    [Fact]
    public async Task A_variable_that_is_missing_is_named()
    {
        await using var bridge = HttpProgram.Bridge(
            new Uri("http://127.0.0.1:1/mcp"),
            "--header",
            "Authorization: Bearer ${NO_SUCH_VARIABLE}"
        );
        Assert.Equal(2, await bridge.ExitAsync());
        Assert.Contains("NO_SUCH_VARIABLE", bridge.Errors, StringComparison.Ordinal);
    }

    private static async Task StartAsync(HttpProgram bridge)
    {
        await bridge.SendAsync(Initialize);
        Assert.Equal(Welcome, await bridge.ReadLineAsync());
        await bridge.SendAsync(Initialized);
    }

    /// <summary>Answers what every session has, and leaves the call to the test.</summary>
    private static Task AnswerAsync(HttpContext context, string body, Func<Task> answerCall)
    {
        if (body == Call)
            return answerCall();
        if (body == Initialize)
        {
            context.Response.Headers["Mcp-Session-Id"] = "s-1";
            return ScriptedServer.JsonAsync(context, Welcome);
        }

        context.Response.StatusCode = context.Request.Method switch
        {
            "POST" => 202,
            "DELETE" => 200,
            _ => 405,
        };
        return Task.CompletedTask;
    }

    private static async Task AssertErrorAsync(HttpProgram bridge, string code, int? status)
    {
        var message = await bridge.ReadMessageAsync();
        Assert.Equal("c-1", message.GetProperty("id").GetString());
        var data = message.GetProperty("error").GetProperty("data");
        Assert.Equal(code, data.GetProperty("code").GetString());
        Assert.Equal(status, data.TryGetProperty("httpStatus", out var number) ? number.GetInt32() : null);
    }
}
