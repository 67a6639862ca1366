using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Plugins;

/// <summary>What plugins are told besides well-formed messages.</summary>
public sealed class ObservationTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public async Task The_events_of_a_session_come_in_their_places()
    {
        string[] server =
        [
            "/bin/sh",
            "-c",
            "echo 'two words' >&2; echo 'Server is ready.'; \"$0\" jsonrpc; exit 5",
            Programs.TestMcpServer,
        ];
        await using var km = KmProcess.Monitor(["--name", "noisy", .. Conversation.Plugins(_workspace.TestPlugin("alpha"))], server);
        Assert.Equal("Server is ready.", await km.ReadLineAsync());
        await Wait.ForAsync(() => _workspace.Events("alpha", "server.stderr").Count > 0, "the plugin to see the server's stderr");
        await km.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2024-11-05"}}""");
        Assert.NotNull(await km.ReadLineAsync());
        await km.SendAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""");
        await km.EchoAsync(2);
        await _workspace.SeenAsync("alpha", 6);
        Assert.Equal(5, await km.FinishAsync());

        string Data(string type, string key) => _workspace.Events("alpha", type).Single().GetProperty("data").Text(key);
        Assert.Equal("noisy", Data("session.started", "server"));
        Assert.Equal("2025-06-18", Data("session.initialized", "protocolVersion"));
        Assert.Equal("two words", Data("server.stderr", "line"));
        Assert.Equal("16", Data("stdout.noise", "size"));
        Assert.Equal("5", Data("server.exited", "code"));
        Assert.Equal("exit code 5", Data("server.exited", "status"));
        var order = _workspace
            .Record("alpha")
            .Where(r => r.Text("call") is "event" or "message")
            .Select(r => r.Text("call") == "event" ? r.Text("type") : r.Text("method"))
            .Where(what => what.Length > 0 && what is not ("server.stderr" or "stdout.noise"));
        Assert.Equal(
            [
                "session.started",
                "initialize",
                "initialize",
                "notifications/initialized",
                "session.initialized",
                "tools/call",
                "tools/call",
                "server.exited",
                "session.ended",
            ],
            order
        );
    }

    [Fact]
    public async Task A_modern_session_is_initialized_by_its_first_request()
    {
        await using var km = KmProcess.Monitor(Conversation.Plugins(_workspace.TestPlugin("alpha")), [Programs.TestMcpServer, "modern"]);
        await km.SendAsync(
            """{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"""
        );
        Assert.NotNull(await km.ReadLineAsync());
        await _workspace.SeenAsync("alpha", 2);
        Assert.Equal(0, await km.FinishAsync());
        Assert.Equal("2026-07-28", _workspace.Events("alpha", "session.initialized").Single().GetProperty("data").Text("protocolVersion"));
    }

    [Fact]
    public async Task What_is_no_JSON_is_observed_as_an_error_and_answered_by_the_server_alone()
    {
        await using var km = KmProcess.Monitor(Conversation.Plugins(_workspace.TestPlugin("alpha")), Conversation.Server);
        await km.SendAsync("""{"jsonrpc":"2.0","id":1,"method":""");
        Assert.Contains("-32700", await km.ReadLineAsync(), StringComparison.Ordinal);
        await km.EchoAsync(2);
        await _workspace.SeenAsync("alpha", 4);
        await km.EndAsync();

        var error = _workspace.Record("alpha").Single(r => r.Text("call") == "error");
        Assert.Equal("parse_error", error.Text("type"));
        Assert.StartsWith("not valid JSON at byte ", error.Text("message"), StringComparison.Ordinal);
        var broken = _workspace.Messages("alpha").Single(m => m.Text("kind") == "NotJsonRpc");
        Assert.Equal("""{"jsonrpc":"2.0","id":1,"method":""", broken.Text("payload"));
        Assert.Contains("1 not JSON-RPC", km.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_batch_is_relayed_whole_and_observed_element_by_element()
    {
        await using var km = KmProcess.Monitor(Conversation.Plugins(_workspace.TestPlugin("alpha")), Conversation.Server);
        await km.SendAsync(
            """[{"jsonrpc":"2.0","id":1,"method":"ping"}, {"jsonrpc":"2.0","method":"notifications/x"},{"jsonrpc":"2.0","id":2,"method":"nope"}]"""
        );
        Assert.Equal(
            """[{"jsonrpc":"2.0","id":1,"result":{}},{"jsonrpc":"2.0","id":2,"error":{"code":-32601,"message":"Method not found"}}]""",
            await km.ReadLineAsync()
        );
        var messages = await _workspace.SeenAsync("alpha", 5);
        await km.EndAsync();
        Assert.Equal(
            [
                """{"jsonrpc":"2.0","id":1,"method":"ping"}""",
                """{"jsonrpc":"2.0","method":"notifications/x"}""",
                """{"jsonrpc":"2.0","id":2,"method":"nope"}""",
            ],
            messages.Payloads("Inbound")
        );
        Assert.Equal(["ping", "nope"], messages.Where(m => m.Text("direction") == "Outbound").Select(m => m.Text("method")));
        Assert.All(messages.Where(m => m.Text("direction") == "Outbound"), m => Assert.True(m.Number("latency") > 0));
    }

    [Fact]
    public async Task A_message_above_the_buffer_size_is_marked_truncated_and_paired_all_the_same()
    {
        await using var km = KmProcess.Monitor(
            ["--buffer-size", "1KB", .. Conversation.Plugins(_workspace.TestPlugin("alpha"))],
            Conversation.Server
        );
        var text = new string('x', 5000);
        await km.SendAsync(Conversation.Call(1, text));
        Assert.Equal(Conversation.Answer(1, text), await km.ReadLineAsync());
        await km.EchoAsync(2);
        var messages = await _workspace.SeenAsync("alpha", 4);
        await km.EndAsync();

        Assert.Equal([true, true, false, false], messages.Select(m => m.GetProperty("truncated").GetBoolean()));
        var (call, answer) = (messages[0], messages[1]);
        Assert.Equal((ulong)Conversation.Call(1, text).Length, call.Number("size"));
        Assert.InRange(call.Text("payload").Length, 1, 1024);
        Assert.StartsWith(call.Text("payload"), Conversation.Call(1, text), StringComparison.Ordinal);
        Assert.Equal(("tools/call", "1"), (call.Text("method"), call.Text("id")));
        Assert.Equal(call.Text("correlation"), answer.Text("correlation"));
        Assert.Equal("Response", answer.Text("kind"));
        Assert.Contains("2 above --buffer-size", km.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plugin_that_wants_metadata_only_gets_no_payload()
    {
        await using var km = KmProcess.Monitor(
            Conversation.Plugins(_workspace.TestPlugin("alpha", ("METADATA_ONLY", "1"))),
            Conversation.Server
        );
        await km.EchoAsync(1, 5);
        var messages = await _workspace.SeenAsync("alpha", 10);
        await km.EndAsync();
        Assert.All(messages, m => Assert.Equal("", m.Text("payload")));
        Assert.All(messages, m => Assert.True(m.GetProperty("omitted").GetBoolean()));
        Assert.All(messages, m => Assert.Equal("echo", m.Text("name")));
        Assert.All(messages, m => Assert.True(m.Number("size") > 50));
    }

    [Fact]
    public async Task A_plugin_that_wants_some_methods_gets_them_with_their_answers_and_all_events()
    {
        await using var km = KmProcess.Monitor(
            Conversation.Plugins(_workspace.TestPlugin("alpha", ("METHODS", "tools/*,initialize"))),
            Conversation.Server
        );
        await km.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}""");
        await km.SendAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""");
        await km.SendAsync("""{"jsonrpc":"2.0","id":2,"method":"ping"}""");
        await km.SendAsync("""{"jsonrpc":"2.0","id":3,"method":"tools/list"}""");
        for (var answer = 0; answer < 3; answer++)
            Assert.NotNull(await km.ReadLineAsync());
        await km.EchoAsync(4);
        var messages = await _workspace.SeenAsync("alpha", 6);
        await km.EndAsync();
        Assert.Equal(
            ["initialize", "tools/list", "tools/call"],
            messages.Where(m => m.Text("kind") == "Request").Select(m => m.Text("method"))
        );
        Assert.Equal(
            ["initialize", "tools/list", "tools/call"],
            messages.Where(m => m.Text("kind") == "Response").Select(m => m.Text("method"))
        );
        Assert.Equal(6, _workspace.Messages("alpha").Count);
        Assert.Single(_workspace.Events("alpha", "session.initialized"));
        Assert.Single(_workspace.Events("alpha", "session.ended"));
        Assert.Contains("nothing dropped", km.Errors, StringComparison.Ordinal);
    }
}
