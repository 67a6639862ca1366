using System.Globalization;
using System.Text;
using System.Text.Json;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Protocols;

/// <summary>Plugins and hosts on HashiCorp's own go-plugin.</summary>
public sealed class GoInteropTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public async Task A_Go_plugin_of_contract_version_1_sees_every_message_in_order_and_one_at_a_time()
    {
        var plugin = GoPlugin("KM_TEST_PACE_MS=1");
        await using var km = KmProcess.Monitor(Conversation.Plugins(plugin), Conversation.Server);
        await km.EchoAsync(0, 100);
        await Wait.ForAsync(() => Handled().Count >= 200, "the Go plugin to see 200 messages");
        await km.EndAsync();

        var messages = Handled();
        Assert.Equal(Enumerable.Range(0, 100).Select(id => Conversation.Call(id, $"text {id}")), Data(messages, "inbound"));
        Assert.Equal(Enumerable.Range(0, 100).Select(id => Conversation.Answer(id, $"text {id}")), Data(messages, "outbound"));
        Assert.Equal(
            messages.Where(m => m.Text("direction") == "inbound").Select(m => m.Text("correlation_id")),
            messages.Where(m => m.Text("direction") == "outbound").Select(m => m.Text("correlation_id"))
        );
        var calls = _workspace.Record("v1plugin");
        Assert.Equal(["Authenticate", "Initialize", "HandleStreamEvent"], calls.Take(3).Select(c => c.Text("call")));
        Assert.Equal("Shutdown", calls[^1].Text("call"));
        Assert.Equal(
            ["session.started", "server.exited", "session.ended"],
            calls.Where(c => c.Text("call") == "HandleStreamEvent").Select(c => c.Text("event_type"))
        );
        Assert.DoesNotContain(calls, c => c.TryGetProperty("overlaps", out _));
        Assert.DoesNotContain(calls, c => c.TryGetProperty("api_key", out _));
        Assert.Contains("  ✓ v1plugin v1.2.3 (Free tier)\n", km.Errors, StringComparison.Ordinal);
        Assert.Contains("nothing dropped", km.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Go_plugin_of_contract_version_1_that_is_killed_at_work_has_lost_nothing()
    {
        const int count = 100;
        var plugin = GoPlugin("KM_TEST_PACE_MS=2", $"echo $$ >> '{_workspace.File("processes")}'");
        await using var km = KmProcess.Monitor(Conversation.Plugins(plugin), Conversation.Server);
        await km.EchoAsync(0, count / 2);
        await Wait.ForAsync(() => Handled().Count > 10, "the Go plugin to be at work");
        KmProcess.Send(
            int.Parse(
                (await File.ReadAllLinesAsync(_workspace.File("processes"), TestContext.Current.CancellationToken))[^1],
                CultureInfo.InvariantCulture
            ),
            PosixSignalNumber.Kill
        );
        await km.SaysAsync("runs again (restart 1)");
        await km.EchoAsync(count / 2, count / 2);
        string[] expected = [.. Enumerable.Range(0, count).Select(id => Conversation.Call(id, $"text {id}"))];
        await Wait.ForAsync(() => Data(Handled(), "inbound").ToHashSet().IsSupersetOf(expected), "the Go plugin to see everything");
        await km.EndAsync();
        Assert.Contains("nothing dropped", km.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("failed in it", km.Errors, StringComparison.Ordinal);

        // One call at a time: only the one that was under way can have come twice.
        Assert.InRange(Handled().Count, 2 * count, (2 * count) + 1);
        Assert.Equal(expected, Data(Handled(), "inbound").Distinct());
    }

    [Fact]
    public async Task A_message_too_large_for_a_Go_plugin_fails_alone_and_is_counted()
    {
        await using var km = KmProcess.Monitor(Conversation.Plugins(GoPlugin()), Conversation.Server);
        await km.EchoAsync(0, 2);
        var text = new string('x', 5_000_000);
        await km.SendAsync(Conversation.Call(2, text));
        Assert.Equal(Conversation.Answer(2, text), await km.ReadLineAsync());
        await km.EchoAsync(3, 2);
        await Wait.ForAsync(() => Handled().Count >= 8, "the Go plugin to see the messages that it takes");
        await km.EndAsync();
        int[] seen = [0, 1, 3, 4];
        Assert.Equal(seen.Select(id => Conversation.Call(id, $"text {id}")), Data(Handled(), "inbound"));
        Assert.Equal(seen.Select(id => Conversation.Answer(id, $"text {id}")), Data(Handled(), "outbound"));
        Assert.Contains("; v1plugin: 2 too large for it", km.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_Go_sample_plugin_runs_under_km()
    {
        await using var km = KmProcess.Monitor(Conversation.Plugins(Programs.Go("hello-go")), Conversation.Server);
        await km.EchoAsync(0, 3);
        await km.SaysAsync("  ✓ hello-go v");
        await km.EndAsync();
        Assert.Contains("nothing dropped", km.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_Go_host_runs_a_plugin_of_the_SDK(bool autoMtls)
    {
        var host = Programs.Go("host");
        var plugin = _workspace.TestPlugin("alpha");
        await using var run = KmProcess.Start(
            host,
            [
                autoMtls ? "-automtls=true" : "-automtls=false",
                "-versions",
                "1",
                "-messages",
                "20",
                "-size",
                "2000",
                "-timeout",
                "50s",
                plugin,
            ]
        );
        var result = JsonElement.Parse((await run.ReadLineAsync())!);
        Assert.Equal(0, await run.ExitAsync());

        Assert.Equal(1, result.GetProperty("negotiated").GetInt32());
        Assert.Equal(("alpha", "1.2.3", "Free"), (result.Text("name"), result.Text("version"), result.Text("required_tier")));
        Assert.True(result.GetProperty("ping").GetBoolean());
        Assert.True(result.GetProperty("exited").GetBoolean());
        Assert.Equal(20, result.GetProperty("messages").GetInt32());
        foreach (var call in new[] { "authenticate", "initialize", "handle_error", "handle_stream_event", "shutdown" })
            Assert.True(result.GetProperty(call).GetProperty("success").GetBoolean(), call);
        Assert.True(result.GetProperty("authenticate").GetProperty("auth_response").GetProperty("authorized").GetBoolean());

        Assert.Equal(
            ["start", "authenticate", "initialize", .. Enumerable.Repeat("message", 20), "error", "event", "shutdown"],
            _workspace.Record("alpha").Select(r => r.Text("call"))
        );
        Assert.Equal(
            Enumerable.Range(0, 20).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i}")),
            _workspace.Messages("alpha").Select(m => m.Text("id"))
        );
        Assert.All(_workspace.Messages("alpha"), m => Assert.True(m.Number("size") > 2000));
        var id = await _workspace.StartedAsync("alpha");
        await Wait.ForAsync(() => !Processes.IsAlive(id), "the plugin to be gone");
    }

    private string GoPlugin(params string[] environment) =>
        _workspace.Script(
            "v1plugin",
            [
                $"export KM_TEST_RECORD='{_workspace.File("v1plugin.jsonl")}'",
                .. environment.Select(e => e.StartsWith("KM_", StringComparison.Ordinal) ? "export " + e : e),
                $"exec '{Programs.Go("v1plugin")}'",
            ]
        );

    private List<JsonElement> Handled() => [.. _workspace.Record("v1plugin").Where(r => r.Text("call") == "HandleMessage")];

    private static IEnumerable<string> Data(IEnumerable<JsonElement> messages, string direction) =>
        messages
            .Where(m => m.Text("direction") == direction)
            .Select(m => Encoding.UTF8.GetString(m.GetProperty("data").GetBytesFromBase64()));
}
