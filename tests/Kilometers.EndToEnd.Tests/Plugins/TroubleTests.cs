using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Plugins;

/// <summary>A plugin that is slow, frozen, crashed or loud changes nothing for the session or for other plugins.</summary>
public sealed partial class TroubleTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public async Task A_frozen_plugin_does_not_delay_the_session()
    {
        await using var km = KmProcess.Monitor(
            Conversation.Plugins(_workspace.TestPlugin("frozen"), _workspace.TestPlugin("alpha")),
            Conversation.Server
        );
        var id = await _workspace.ActiveAsync("frozen");
        KmProcess.Send(id, PosixSignalNumber.Stop);
        await km.EchoAsync(1, 200);
        await _workspace.SeenAsync("alpha", 400);
        Assert.Empty(_workspace.Messages("frozen"));
        await km.EndAsync();
        await Wait.ForAsync(() => !Processes.IsAlive(id), "the frozen plugin to be gone");
        Assert.Matches(@"frozen: 40[0-9] not delivered (in time|yet)", km.Errors);
        Assert.DoesNotContain("alpha: ", km.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plugin_that_hangs_in_a_handler_does_not_delay_the_session()
    {
        await using var km = KmProcess.Monitor(
            Conversation.Plugins(_workspace.TestPlugin("hanging", ("FREEZE_AT", "3"))),
            Conversation.Server
        );
        var id = await _workspace.ActiveAsync("hanging");
        await km.EchoAsync(1, 50);
        await _workspace.SeenAsync("hanging", 3);
        await km.EndAsync();
        Assert.Equal(3, _workspace.Messages("hanging").Count);
        Assert.DoesNotContain("exited unexpectedly", km.Errors, StringComparison.Ordinal);
        await Wait.ForAsync(() => !Processes.IsAlive(id), "the hanging plugin to be gone");
        Assert.Matches("hanging: [0-9]+ not delivered (in time|yet)", km.Errors);
    }

    [Fact]
    public async Task A_slow_plugin_does_not_delay_the_session_and_what_it_did_not_manage_is_counted()
    {
        await using var km = KmProcess.Monitor(
            Conversation.Plugins(_workspace.TestPlugin("slow", ("DELAY_MS", "500")), _workspace.TestPlugin("alpha")),
            Conversation.Server
        );
        await _workspace.ActiveAsync("slow");
        await km.EchoAsync(1, 200);
        await _workspace.SeenAsync("alpha", 400);
        var before = _workspace.Messages("slow").Count;
        await km.EndAsync();
        var seen = _workspace.Messages("slow").Count;
        Assert.InRange(seen, 1, 399);
        var lost = long.Parse(SlowLoss().Match(km.Errors).Groups[1].Value, CultureInfo.InvariantCulture);

        // All 403 items (session.started, 400 messages, server.exited, session.ended) but those acknowledged then; one may have been under way.
        Assert.InRange(lost, 402 - seen, 404 - before);
    }

    [Fact]
    public async Task A_crashed_plugin_is_named_and_the_others_get_everything()
    {
        await using var km = KmProcess.Monitor(
            Conversation.Plugins(_workspace.TestPlugin("crashed"), _workspace.TestPlugin("alpha")),
            Conversation.Server
        );
        var id = await _workspace.ActiveAsync("crashed");
        await km.EchoAsync(1, 10);
        await _workspace.SeenAsync("crashed", 20);
        KmProcess.Send(id, PosixSignalNumber.Kill);
        await km.SaysAsync("⚠️  Plugin 'crashed' exited unexpectedly");
        await km.SaysAsync("The session continues [PLG_RUN_005]");
        await km.EchoAsync(11, 50);
        await _workspace.SeenAsync("alpha", 120);
        await _workspace.SeenAsync("crashed", 120);
        await km.EndAsync();
        Assert.Equal(120, _workspace.Messages("alpha").Count);
        Assert.Contains("nothing dropped", km.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plugin_that_crashes_in_a_handler_shows_its_last_words()
    {
        await using var km = KmProcess.Monitor(
            Conversation.Plugins(_workspace.TestPlugin("crashing", ("CRASH_AT", "2"))),
            Conversation.Server
        );
        await km.EchoAsync(1, 10);
        await km.SaysAsync("Plugin 'crashing' exited unexpectedly");
        await km.SaysAsync("TESTPLUGIN_CRASH_AT=2");
        await km.EchoAsync(11, 10);
        await km.EndAsync();
    }

    [Fact]
    public async Task A_plugin_that_hangs_in_its_shutdown_is_ended_and_has_seen_everything()
    {
        await using var km = KmProcess.Monitor(
            Conversation.Plugins(_workspace.TestPlugin("lingering", ("FREEZE_AT", "shutdown"))),
            Conversation.Server
        );
        var id = await _workspace.ActiveAsync("lingering");
        await km.EchoAsync(1, 10);
        await _workspace.SeenAsync("lingering", 20);
        await km.EndAsync();
        await Wait.ForAsync(() => !Processes.IsAlive(id), "the plugin to be gone");
        Assert.Single(_workspace.Events("lingering", "session.ended"));
        Assert.Contains("nothing dropped", km.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plugin_that_never_finishes_its_handshake_is_given_up_and_ended()
    {
        var mute = _workspace.Script("mute", "echo $$ >&2", "exec sleep 1000");
        await using var km = KmProcess.Monitor(Conversation.Plugins(mute, _workspace.TestPlugin("alpha")), Conversation.Server);
        await km.EchoAsync(1, 10);
        await km.SaysAsync("Plugin 'mute' did not complete its handshake in time [PLG_RUN_004]");
        await Wait.ForAsync(() => MutesId().IsMatch(km.Errors), "its last words");
        var id = int.Parse(MutesId().Match(km.Errors).Groups[1].Value, CultureInfo.InvariantCulture);
        await Wait.ForAsync(() => !Processes.IsAlive(id), "the plugin to be gone");
        await km.EchoAsync(11, 10);
        await _workspace.SeenAsync("alpha", 40);
        await km.EndAsync();
    }

    [Fact]
    public async Task What_a_full_queue_does_not_take_is_dropped_counted_and_reported_to_the_plugin_at_its_place()
    {
        await using var km = KmProcess.Monitor(
            ["--queue-size", "16KB", .. Conversation.Plugins(_workspace.TestPlugin("frozen"), _workspace.TestPlugin("alpha"))],
            Conversation.Server
        );
        var id = await _workspace.ActiveAsync("frozen");
        KmProcess.Send(id, PosixSignalNumber.Stop);

        // Few, so that km has not yet ended the plugin for being frozen.
        const int meanwhile = 60;
        for (var call = 1; call <= meanwhile; call += 5)
        {
            // The other one keeps up, so that its small queue never overflows.
            await km.EchoAsync(call, 5);
            await _workspace.SeenAsync("alpha", 2 * (call + 4));
        }

        KmProcess.Send(id, PosixSignalNumber.Continue);
        await Wait.ForAsync(
            async () =>
            {
                // All that was not dropped is recorded, and acknowledged: the queue has room again.
                var (delivered, missed) = await QueueOfAsync(km, "frozen");
                var seen = _workspace.Record("frozen").Where(r => r.Text("call") is "message" or "event").ToList();
                return seen.Count(r => r.Text("call") == "message") + missed == 2 * meanwhile && delivered == seen.Count;
            },
            "the plugin to have handled what was kept"
        );
        await km.EchoAsync(1001, 5);
        await Wait.ForAsync(
            () => _workspace.Messages("frozen").Any(m => m.Text("payload") == Conversation.Answer(1005, "text 1005")),
            "the plugin to see the last answer"
        );
        await km.EndAsync();

        var record = _workspace.Record("frozen").Where(r => r.Text("call") is "message" or "event").ToList();
        var dropped = 0;
        foreach (var (gap, index) in record.Select((r, i) => (r, i)).Where(pair => pair.r.Text("type", "") == "delivery.dropped"))
        {
            // Between the messages before and after the event, exactly the items that it counts are missing.
            var items = int.Parse(gap.GetProperty("data").Text("items"), CultureInfo.InvariantCulture);
            var bytes = long.Parse(gap.GetProperty("data").Text("bytes"), CultureInfo.InvariantCulture);
            Assert.Equal((ulong)items, record[index + 1].Number("sequence") - record[index - 1].Number("sequence") - 1);
            Assert.InRange(bytes, items * 60, items * 200);
            dropped += items;
        }

        Assert.InRange(dropped, meanwhile, (2 * meanwhile) - 1);
        Assert.Contains($"frozen: {dropped} dropped (its queue was full)", km.Errors, StringComparison.Ordinal);
        Assert.Equal(2 * (meanwhile + 5), _workspace.Messages("frozen").Count + dropped);
        Assert.Equal(2 * (meanwhile + 5), _workspace.Messages("alpha").Count);
        Assert.DoesNotContain("alpha: ", km.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PRINT_AFTER")]
    [InlineData("ERROR_AFTER")]
    public async Task A_plugin_that_prints_a_lot_is_not_blocked_and_blocks_nobody(string where)
    {
        await using var km = KmProcess.Monitor(
            Conversation.Plugins(_workspace.TestPlugin("loud", (where, "20000")), _workspace.TestPlugin("alpha")),
            Conversation.Server
        );
        await km.EchoAsync(1, 50);
        await _workspace.SeenAsync("loud", 100);
        await _workspace.SeenAsync("alpha", 100);
        await km.EndAsync();
        if (where == "PRINT_AFTER")
            Assert.Contains("0".PadRight(100, '.'), km.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plugin_killed_while_frozen_with_a_full_queue_leaves_the_session_alone()
    {
        await using var km = KmProcess.Monitor(
            ["--queue-size", "4KB", .. Conversation.Plugins(_workspace.TestPlugin("frozen"))],
            Conversation.Server
        );
        var id = await _workspace.ActiveAsync("frozen");
        KmProcess.Send(id, PosixSignalNumber.Stop);
        await km.EchoAsync(1, 50);

        // A plugin that was quick a moment ago is waited for: until km has seen that it is not, a burst stays where it is, and nothing is lost.
        await Wait.ForAsync(async () => (await QueueOfAsync(km, "frozen")).Dropped > 0, "its queue to have no room");
        KmProcess.Send(id, PosixSignalNumber.Kill);
        await km.SaysAsync("[PLG_RUN_005]");
        await km.EchoAsync(51, 50);
        await km.SaysAsync("runs again (restart 1)");
        await km.EndAsync();

        // What its queue had no room for while it was frozen stays lost; what was in the queue went to its successor.
        Assert.Contains("dropped (its queue was full)", km.Errors, StringComparison.Ordinal);
    }

    /// <summary>What a plugin of a session has acknowledged, and what was dropped, as the session reports it.</summary>
    private static async Task<(long Delivered, long Dropped)> QueueOfAsync(KmProcess km, string plugin)
    {
        await using var status = KmProcess.Start(Programs.Km, ["plugins", "status", plugin, "--running", "--json"]);
        status.CloseInput();
        var output = await new StreamReader(status.Output).ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(Wait.Limit);
        await status.ExitAsync();
        var session = JsonElement
            .Parse(output)
            .GetProperty("sessions")
            .EnumerateArray()
            .Single(one => one.GetProperty("pid").GetInt32() == km.Id);
        if (!session.GetProperty("answers").GetBoolean())
            return (-1, -1);
        var queue = session.GetProperty("plugins").EnumerateArray().Single().GetProperty("queue");
        return (queue.GetProperty("delivered").GetInt64(), queue.GetProperty("dropped").GetInt64());
    }

    [GeneratedRegex(@"slow: (\d+) not delivered (?:in time|yet)")]
    private static partial Regex SlowLoss();

    [GeneratedRegex(@"\| (\d+)\n")]
    private static partial Regex MutesId();
}
