using System.Globalization;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Plugins;

/// <summary>A version 2 plugin sees every message once, in order.</summary>
public sealed class DeliveryTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public async Task A_plugin_that_loads_slowly_sees_every_message_once_and_in_order_from_the_first_on()
    {
        const int count = 300;
        var script = await File.ReadAllTextAsync(_workspace.TestPlugin("late"), TestContext.Current.CancellationToken);
        var late = _workspace.Script(
            "late",
            script.Replace("exec ", $"while [ ! -e '{_workspace.File("go")}' ]; do sleep 0.05; done\nexec ", StringComparison.Ordinal)
        );
        await using var km = KmProcess.Monitor(Conversation.Plugins(late), Conversation.Server);
        await km.EchoAsync(0, count / 2);
        await File.WriteAllTextAsync(_workspace.File("go"), "", TestContext.Current.CancellationToken);
        await km.EchoAsync(count / 2, count / 2);
        await _workspace.SeenAsync("late", 2 * count);
        await km.EndAsync();

        var messages = _workspace.Messages("late");
        Assert.Equal(Enumerable.Range(0, count).Select(id => Conversation.Call(id, $"text {id}")), messages.Payloads("Inbound"));
        Assert.Equal(Enumerable.Range(0, count).Select(id => Conversation.Answer(id, $"text {id}")), messages.Payloads("Outbound"));

        // Item 1 is session.started; nothing else happened until the end.
        Assert.Equal(Enumerable.Range(2, 2 * count).Select(i => (ulong)i), messages.Select(m => m.Number("sequence")));
        Assert.Equal("session.started", _workspace.Record("late").First(r => r.Text("call") == "event").Text("type"));
        Assert.Equal("shutdown", _workspace.Record("late")[^1].Text("call"));
        Assert.Contains("nothing dropped", km.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_messages_at_once_arrive_once_and_in_order()
    {
        const int count = 20_000;
        await using var km = KmProcess.Monitor(
            ["--queue-size", "1GB", .. Conversation.Plugins(_workspace.TestPlugin("alpha", ("RECORD_BUFFERED", "1")))],
            [Programs.TestMcpServer, "flood", count.ToString(CultureInfo.InvariantCulture)]
        );
        for (var i = 0; i < count; i++)
            await km.ReadLineAsync();
        await Wait.ForAsync(() => _workspace.Messages("alpha").Count > count * 9 / 10, "the plugin to come near the end");
        await km.FinishAsync();
        var messages = _workspace.Messages("alpha");
        Assert.Equal(count, messages.Count);
        Assert.Equal(Enumerable.Range(2, count).Select(i => (ulong)i), messages.Select(m => m.Number("sequence")));
        Assert.All(messages.Select((m, i) => (m, i)), pair =>
            Assert.EndsWith($"\"sequence\":{pair.i}}}}}", pair.m.Text("payload"), StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Two_plugins_each_see_everything()
    {
        await using var km = KmProcess.Monitor(
            Conversation.Plugins(_workspace.TestPlugin("alpha"), _workspace.TestPlugin("beta")),
            Conversation.Server
        );
        await km.EchoAsync(0, 50);
        await _workspace.SeenAsync("alpha", 100);
        await _workspace.SeenAsync("beta", 100);
        await km.EndAsync();
        Assert.Equal(_workspace.Messages("alpha").Select(m => m.GetRawText()), _workspace.Messages("beta").Select(m => m.GetRawText()));
        Assert.Equal(100, _workspace.Messages("alpha").Count);
    }

    [Fact]
    public async Task A_message_carries_what_its_envelope_says()
    {
        await using var km = KmProcess.Monitor(
            ["--name", "files", .. Conversation.Plugins(_workspace.TestPlugin("alpha"))],
            Conversation.Server
        );
        string[] lines =
        [
            """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":"é"}}}""",
            """{"jsonrpc":"2.0","id":"1","method":"tools/call","params":{"name":"isError"}}""",
            """{"jsonrpc":"2.0","id":12345678901234567890123,"method":"resources/read","params":{"uri":"file:///a"}}""",
            """{"jsonrpc":"2.0","id":0,"method":"nothing/known"}""",
            """{"jsonrpc":"2.0","method":"notifications/progress","params":{}}""",
        ];
        foreach (var line in lines)
            await km.SendAsync(line);
        for (var answer = 0; answer < 4; answer++)
            Assert.NotNull(await km.ReadLineAsync());
        var messages = await _workspace.SeenAsync("alpha", 9);
        await km.EndAsync();

        var inbound = messages.Where(m => m.Text("direction") == "Inbound").ToList();
        var outbound = messages.Where(m => m.Text("direction") == "Outbound").ToList();
        Assert.Equal(lines, inbound.Select(m => m.Text("payload")));
        Assert.Equal(["Request", "Request", "Request", "Request", "Notification"], inbound.Select(m => m.Text("kind")));
        Assert.Equal(["1", "\"1\"", "12345678901234567890123", "0", ""], inbound.Select(m => m.Text("id")));
        Assert.Equal(
            ["tools/call", "tools/call", "resources/read", "nothing/known", "notifications/progress"],
            inbound.Select(m => m.Text("method"))
        );
        Assert.Equal(["echo", "isError", "file:///a", "", ""], inbound.Select(m => m.Text("name")));
        Assert.All(inbound, m => Assert.Equal(0UL, m.Number("latency")));
        Assert.Equal(lines.Select(line => (ulong)System.Text.Encoding.UTF8.GetByteCount(line)), inbound.Select(m => m.Number("size")));

        Assert.Equal(["Response", "Response", "Response", "ErrorResponse"], outbound.Select(m => m.Text("kind")));
        Assert.Equal(["", "tool_error", "", "-32601"], outbound.Select(m => m.Text("error")));
        Assert.All(outbound.Zip(inbound), pair =>
        {
            Assert.Equal(pair.Second.Text("id"), pair.First.Text("id"));
            Assert.Equal(pair.Second.Text("method"), pair.First.Text("method"));
            Assert.Equal(pair.Second.Text("name"), pair.First.Text("name"));
            Assert.Equal(pair.Second.Text("correlation"), pair.First.Text("correlation"));
            Assert.Equal(pair.Second.Number("sequence"), pair.First.Number("request"));
            Assert.True(pair.First.Number("latency") > 0);
        });
        Assert.Equal(5, inbound.Select(m => m.Text("correlation")).Distinct().Count());
        var session = _workspace.Record("alpha").Single(r => r.Text("call") == "initialize");
        Assert.Equal("files", session.Text("label"));
        Assert.All(messages, m => Assert.StartsWith(session.Text("session"), m.Text("correlation"), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_handler_that_throws_is_counted_and_later_messages_still_come()
    {
        var plugin = _workspace.TestPlugin("clumsy", ("THROW", "ping"));
        await using var km = KmProcess.Monitor(Conversation.Plugins(plugin, _workspace.TestPlugin("alpha")), Conversation.Server);
        for (var id = 100; id < 103; id++)
        {
            await km.SendAsync($$"""{"jsonrpc":"2.0","id":{{id}},"method":"ping"}""");
            Assert.NotNull(await km.ReadLineAsync());
        }

        await km.EchoAsync(1, 5);
        await _workspace.SeenAsync("clumsy", 16);
        await _workspace.SeenAsync("alpha", 16);
        await km.EndAsync();

        // Three pings, and their answers, which are of the same method.
        Assert.Contains("clumsy: 6 failed in it", km.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("alpha: ", km.Errors, StringComparison.Ordinal);
        Assert.Equal("shutdown", _workspace.Record("clumsy")[^1].Text("call"));
    }
}
