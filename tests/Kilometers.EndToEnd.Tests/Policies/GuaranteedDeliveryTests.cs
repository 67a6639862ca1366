using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Policies;

/// <summary>Where a policy guarantees delivery, a plugin that is too slow for the session gets everything all the same, later.</summary>
public sealed partial class GuaranteedDeliveryTests : IDisposable
{
    /// <summary>
    /// All messages together fit in what the queue keeps in memory and the row behind that, so that none is dropped however late the disk's
    /// turn comes on a busy machine; and they fill the row so far that it goes to disk.
    /// </summary>
    private const int Calls = 120;

    private const string QueueSize = "1MB";
    private static readonly string Filler = new('x', 3000);
    private readonly KmHomeFolder _home = new(isTrusting: false);
    private readonly Workspace _workspace = new();

    public void Dispose()
    {
        _workspace.Dispose();
        _home.Dispose();
    }

    [Fact]
    public async Task A_slow_plugin_gets_everything_in_order_and_the_session_waits_for_nothing()
    {
        await DecideAsync(""" "guaranteed": "all" """);
        await using var km = Start(_workspace.TestPlugin("slow", Slowly()));
        await _workspace.ActiveAsync("slow");
        var watch = Stopwatch.StartNew();
        await CallAsync(km);
        var session = watch.Elapsed;
        await SpillsAsync(km);
        File.Delete(_workspace.File("delay"));
        var messages = await _workspace.SeenAsync("slow", 2 * Calls);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"session {session.TotalMilliseconds:0} ms, plugin {watch.Elapsed.TotalMilliseconds:0} ms"
        );
        Assert.True(session < watch.Elapsed);
        AssertComplete(messages);
        await km.EndAsync();
        Assert.Contains("nothing dropped", km.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("PLG_DLV_001", km.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plugin_that_crashes_while_its_messages_wait_on_disk_gets_all_of_them_from_its_next_process()
    {
        await DecideAsync(""" "guaranteed": "all" """);
        await using var km = Start(_workspace.TestPlugin("crashing", Slowly(), ("CRASH_AT", "40"), ("ONCE", _workspace.File("crashed"))));
        await _workspace.ActiveAsync("crashing");
        await CallAsync(km);
        await SpillsAsync(km);
        File.Delete(_workspace.File("delay"));
        await Wait.ForAsync(() => Distinct("crashing") >= 2 * Calls, () => $"the plugin to see everything; it saw {Distinct("crashing")}");
        Assert.True(File.Exists(_workspace.File("crashed")));
        AssertComplete([.. _workspace.Messages("crashing").DistinctBy(message => message.Number("sequence"))]);
        await km.EndAsync();
        Assert.Contains("nothing dropped", km.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Beyond_the_limit_of_the_disk_it_is_dropped_counted_and_said_and_the_plugin_is_told_where()
    {
        await DecideAsync(""" "guaranteed": "all", "limitMegabytes": 1 """);
        await using var km = Start(_workspace.TestPlugin("slow", Slowly()));
        await _workspace.ActiveAsync("slow");
        var calls = 0;
        await Wait.ForAsync(
            async () =>
            {
                await CallAsync(km, 1 + calls);
                calls += Calls;
                return km.Errors.Contains("[PLG_DLV_001]", StringComparison.Ordinal);
            },
            "the limit to be reached"
        );

        // It is no longer slow: what waits before the gap is thousands of messages. The next item that finds room closes the last gap, so
        // there must be a next one.
        File.Delete(_workspace.File("delay"));
        await Wait.ForAsync(
            async () =>
            {
                if (_workspace.Events("slow", "delivery.dropped").Count > 0)
                    return true;
                await CallAsync(km, ++calls, 1);
                return false;
            },
            "the plugin to be told"
        );
        await km.EndAsync();
        var told = _workspace
            .Events("slow", "delivery.dropped")
            .Sum(told => int.Parse(told.GetProperty("data").Text("items"), CultureInfo.InvariantCulture));
        var end = "";
        await Wait.ForAsync(() => (end = EndByAudit()).Length > 0, "the session's record");
        var dropped = int.Parse(Dropped().Match(end).Groups[1].Value, CultureInfo.InvariantCulture);
        var undelivered = NotDelivered().Match(end) is { Success: true } match
            ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)
            : 0;
        Assert.InRange(told, 1, dropped);

        // All is accounted for, and nothing that was dropped was delivered. What the plugin handled, but could not acknowledge before its end,
        // counts as not delivered. Some events are dropped, too.
        var seen = _workspace.Messages("slow").Count;
        Assert.InRange(seen + dropped + undelivered, 2 * calls, int.MaxValue);
        Assert.InRange(seen + dropped, 1, (2 * calls) + 20);
    }

    [Fact]
    public async Task What_is_left_on_disk_when_the_server_ends_is_counted_and_km_ends_in_time()
    {
        await DecideAsync(""" "guaranteed": "all" """);
        var delay = TimeSpan.FromMilliseconds(500);
        await using var km = Start(_workspace.TestPlugin("slow", ("DELAY_MS", $"{delay.TotalMilliseconds}")));
        await _workspace.ActiveAsync("slow");
        await CallAsync(km);
        await SpillsAsync(km);
        var watch = Stopwatch.StartNew();
        await km.EndAsync();
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, 2 * Calls * delay / 4); // a part of what the plugin needs for all of it
        Assert.DoesNotContain("dropped", km.Errors, StringComparison.Ordinal);

        // The session's last line says what was missing then; what the plugin got in its last moments, the audit log knows.
        var missing = int.Parse(NotDelivered().Match(km.Errors).Groups[1].Value, CultureInfo.InvariantCulture);
        var end = "";
        await Wait.ForAsync(() => (end = EndByAudit()).Length > 0, "the session's record");
        var lost = int.Parse(NotDelivered().Match(end).Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.InRange(lost, 1, missing);

        // All of the messages and the three events but those acknowledged; one may have been under way.
        var seen = _workspace.Messages("slow").Count;
        Assert.InRange(lost, (2 * Calls) + 2 - seen, (2 * Calls) + 4 - seen);
    }

    [Fact]
    public async Task Nobodys_traffic_is_put_on_disk_where_no_policy_says_so()
    {
        await DecideAsync(""" "wishes": true """);
        await using var km = Start(_workspace.TestPlugin("slow", ("DELAY_MS", "500")));
        await _workspace.ActiveAsync("slow");
        await CallAsync(km);
        await CallAsync(km, 1 + Calls);
        await km.EndAsync();
        Assert.Matches(Dropped(), km.Errors);
        Assert.False(Directory.Exists(Path.Combine(_home.Path, "spill")));
    }

    [GeneratedRegex("slow: ([0-9]+) not delivered (in time|yet)")]
    private static partial Regex NotDelivered();

    [GeneratedRegex("slow: ([0-9]+) dropped")]
    private static partial Regex Dropped();

    /// <summary>Waits until the host has a file in km's directory that has no name.</summary>
    private Task SpillsAsync(KmProcess km) =>
        Wait.ForAsync(
            () =>
                Processes.HostOf(km) is { } host
                && Directory
                    .EnumerateFiles($"/proc/{host}/fd")
                    .Select(Target)
                    .Any(target =>
                        target.StartsWith(Path.Combine(_home.Path, "spill"), StringComparison.Ordinal)
                        && target.EndsWith(" (deleted)", StringComparison.Ordinal)
                    ),
            "messages to go to disk"
        );

    /// <summary>Where a descriptor leads; nowhere if it was closed since it was listed.</summary>
    private static string Target(string descriptor)
    {
        try
        {
            return File.ResolveLinkTarget(descriptor, returnFinalTarget: false)?.FullName ?? "";
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static void AssertComplete(List<System.Text.Json.JsonElement> messages)
    {
        Assert.Equal(
            messages.Select(message => message.Number("sequence")).Order(),
            messages.Select(message => message.Number("sequence"))
        );
        Assert.Equal(Enumerable.Range(1, Calls).Select(id => Conversation.Call(id, Filler)), messages.Payloads("Inbound"));
        Assert.Equal(Enumerable.Range(1, Calls).Select(id => Conversation.Answer(id, Filler)), messages.Payloads("Outbound"));
    }

    private static async Task CallAsync(KmProcess km, int first = 1, int count = Calls)
    {
        for (var id = first; id < first + count; id++)
        {
            await km.SendAsync(Conversation.Call(id, Filler));
            Assert.Equal(Conversation.Answer(id, Filler), await km.ReadLineAsync());
        }
    }

    /// <summary>Far slower than the session on any machine, until the file is deleted.</summary>
    private (string Key, string Value) Slowly()
    {
        File.WriteAllText(_workspace.File("delay"), "500");
        return ("DELAY_FILE", _workspace.File("delay"));
    }

    /// <summary>What the audit log says of the session's end; empty until it does.</summary>
    private string EndByAudit() =>
        _home
            .AuditWithSessions.Where(record => record.GetProperty("event").GetString() == "session.ended")
            .Select(record => record.GetRawText())
            .SingleOrDefault("");

    private int Distinct(string plugin) => _workspace.Messages(plugin).DistinctBy(message => message.Number("sequence")).Count();

    private KmProcess Start(string plugin) =>
        KmProcess.Monitor(["--dev-plugin", plugin, "--queue-size", QueueSize], Conversation.Server, _home.Environment);

    private Task DecideAsync(string delivery) =>
        File.WriteAllTextAsync(
            Path.Combine(Modes.Folder(Path.Combine(_home.Path, "config")), "policy.json"),
            $$"""{"version": 1, "delivery": { {{delivery}} } }""",
            TestContext.Current.CancellationToken
        );
}
