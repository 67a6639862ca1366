using Kilometers.Contracts.Api;
using Kilometers.Plugins.ApiLogger.Sending;

namespace Kilometers.Plugins.ApiLogger.Tests.Sending;

/// <summary>What is recorded arrives exactly once and in order, whatever the server does.</summary>
public sealed class EventSenderTests : IAsyncLifetime
{
    private readonly TemporaryFolder _spool = new();
    private EventsServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await EventsServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _spool.Dispose();
    }

    [Fact]
    public async Task Everything_arrives_once_in_order_and_the_spool_is_gone_afterwards()
    {
        var plugin = await StartAsync();
        await plugin.RecordAsync(1000);
        await _server.StoresAsync(1000);
        Assert.Null(await plugin.StopAsync());
        AssertStored(1000);
        Assert.All(_server.Requests, request => Assert.InRange(request.Batch.Events.Count, 1, 100));
        Assert.InRange(_server.Requests.Count, 10, 60);
        Assert.All(_server.Requests, request => Assert.Equal(("token-1", "1.2.3"), (request.Token, request.Batch.CliVersion)));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_spool.Path));
        Assert.DoesNotContain(plugin.Log, line => !line.StartsWith("Information", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Faults_of_every_kind_lose_nothing_and_double_nothing()
    {
        Fault[] faults =
        [
            new(Breaks: true),
            new(Breaks: true, Loses: true),
            new(Status: 500),
            new(Status: 503, RetryAfter: "0"),
            new(Status: 429),
            new(Status: 404),
            new(Status: 202, Body: "<html>"),
            new(Status: 202, Body: """{"accepted":1,"duplicates":0,"rejected":0,"results":[]}"""),
            new(Status: 200, Body: "welcome to our wifi"),
            new(Status: 302),
            new(Status: 400, Body: "a proxy's"),
        ];
        await using var plugin = await StartAsync(settings: ("batch_events", "7"));
        foreach (var fault in faults)
        {
            _server.Faults.Enqueue(fault);
            var before = _server.Stored.Count;
            await plugin.RecordAsync(20);
            await _server.StoresAsync(before + 13);
        }
        await _server.StoresAsync(20 * faults.Length);
        AssertStored(20 * faults.Length);
        Assert.Empty(_server.Faults);
        // One line when it fails, one when it is well again, for each: not one per attempt.
        Assert.InRange(plugin.Log.Count(line => line.Contains("cannot be sent", StringComparison.Ordinal)), 1, faults.Length);
        Assert.Equal(
            plugin.Log.Count(line => line.Contains("cannot be sent", StringComparison.Ordinal)),
            plugin.Log.Count(line => line.Contains("sent again", StringComparison.Ordinal))
        );
    }

    [Fact]
    public async Task One_bad_event_does_not_hold_up_the_others()
    {
        _server.Poison = static item => item.Sequence is 37 or 38 or 90;
        _server.Unwanted = static item => item.Sequence == 50;
        await using var plugin = await StartAsync();
        await plugin.RecordAsync(200);
        await _server.StoresAsync(196);
        Assert.Equal(
            Enumerable.Range(1, 200).Except([37, 38, 50, 90]).Select(number => (long)number),
            _server.Stored.Select(item => item.Sequence)
        );
        await Condition.HoldsAsync(
            () => File.Exists(_spool.In("rejected.jsonl")) && File.ReadAllLines(_spool.In("rejected.jsonl")).Length == 4,
            "four events are written down"
        );
        var lines = File.ReadAllLines(_spool.In("rejected.jsonl"));
        Assert.Contains("HTTP 422", lines[0], StringComparison.Ordinal);
        Assert.Contains("\"sequence\":37", lines[0], StringComparison.Ordinal);
        Assert.Contains(lines, line =>
            line.Contains("API_EVT_009", StringComparison.Ordinal) && line.Contains("not wanted", StringComparison.Ordinal)
        );
        Assert.All(lines, line => Assert.DoesNotContain("payload", line, StringComparison.Ordinal));
        Assert.Contains(plugin.Log, line => line.Contains("will not take", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Too_large_batches_are_split()
    {
        _server.MaxEvents = 9;
        await using var plugin = await StartAsync();
        await plugin.RecordAsync(100);
        await _server.StoresAsync(100);
        AssertStored(100);
        Assert.False(File.Exists(_spool.In("rejected.jsonl")));
    }

    [Fact]
    public async Task An_expired_token_waits_for_the_next_entitlement()
    {
        _server.GoodToken = "token-2";
        await using var plugin = await StartAsync();
        await plugin.RecordAsync(5);
        await _server.IsAskedAsync(1);
        await plugin.RecordAsync(5);
        await Condition.HoldsAsync(() => plugin.Log.Any(line => line.Contains("next entitlement", StringComparison.Ordinal)), "it is said");
        await plugin.EntitleAsync("token-2");
        await _server.StoresAsync(10);
        AssertStored(10);
        Assert.Single(_server.Requests, request => request.Token == "token-1");
    }

    [Fact]
    public async Task Without_the_feature_nothing_is_recorded_or_sent_and_what_is_there_stays()
    {
        _server.Faults.Enqueue(new(Silent: true));
        var plugin = await StartAsync();
        await plugin.RecordAsync(5);
        await _server.IsAskedAsync(1);
        await plugin.EntitleAsync("");
        await plugin.RecordAsync(7);
        await plugin.StopAsync(0.2);
        var requests = _server.Requests.Count;

        await using var later = await PluginInProcess.StartAsync(_spool.Path, _server.Address, sessionId: "session-2", token: "");
        await Condition.HoldsAsync(
            () => later.Log.Any(line => line.Contains("5 events are left over", StringComparison.Ordinal)),
            "what is left over is said"
        );
        Assert.Equal(requests, _server.Requests.Count);
        await later.EntitleAsync("token-3");
        await _server.StoresAsync(5);
        AssertStored(5);
        Assert.Contains(plugin.Log, line => line.Contains("does not cover api_logging", StringComparison.Ordinal));
        Assert.Equal("token-3", _server.Requests[^1].Token);
    }

    [Fact]
    public async Task What_the_end_leaves_behind_the_next_session_sends()
    {
        for (var number = 0; number < 10; number++)
            _server.Faults.Enqueue(new(Silent: true));
        var started = TimeProvider.System.GetTimestamp();
        for (var session = 1; session <= 3; session++)
        {
            var plugin = await PluginInProcess.StartAsync(_spool.Path, _server.Address, sessionId: $"session-{session}");
            await plugin.RecordAsync(10);
            await _server.IsAskedAsync(session);
            await plugin.StopAsync(0.3);
        }

        // Each of the three would have waited so long for its answer.
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, 2 * EventsClient.RequestTimeout);
        _server.Faults.Clear();
        await using var last = await PluginInProcess.StartAsync(_spool.Path, _server.Address, sessionId: "session-4");
        await _server.StoresAsync(30);
        Assert.Equal(30, _server.Stored.Select(item => (item.SessionId, item.Sequence)).Distinct().Count());
        Assert.Contains(last.Log, line => line.Contains("30 events are left over", StringComparison.Ordinal));
        await Condition.HoldsAsync(() => Directory.GetDirectories(_spool.Path).Length == 1, "the folders are gone");
    }

    [Fact]
    public async Task The_end_sends_what_is_there()
    {
        var plugin = await StartAsync(settings: ("batch_time", "60000"));
        await plugin.RecordAsync(250);
        Assert.Null(await plugin.StopAsync());
        AssertStored(250);
        Assert.Empty(Directory.EnumerateDirectories(_spool.Path));
    }

    [Fact]
    public async Task A_full_spool_refuses_the_newest_and_says_so_without_a_flood()
    {
        _server.GoodToken = "other";
        await using var plugin = await StartAsync(settings: ("spool_size", "1"));
        await plugin.RecordAsync(3000, new string('x', 1000));
        Assert.InRange((int)plugin.Failures, 2200, 2500);
        Assert.Contains("full", plugin.LastError, StringComparison.Ordinal);
        Assert.InRange(plugin.Log.Count(line => line.Contains("Messages are lost", StringComparison.Ordinal)), 11, 13);
        await plugin.EntitleAsync("other");
        await _server.StoresAsync(3000 - (int)plugin.Failures);
        var lost = (int)plugin.Failures;
        await plugin.RecordAsync(1);
        Assert.Equal(lost, (int)plugin.Failures);
        await _server.StoresAsync(3001 - lost);
        Assert.Equal(_server.Stored.Select(item => item.Sequence).Order(), _server.Stored.Select(item => item.Sequence));
    }

    private Task<PluginInProcess> StartAsync(params (string Name, string Value)[] settings) =>
        PluginInProcess.StartAsync(_spool.Path, _server.Address, settings: settings);

    private void AssertStored(int count)
    {
        Assert.Equal(Enumerable.Range(1, count).Select(number => (long)number), _server.Stored.Select(item => item.Sequence));
        Assert.All(_server.Stored, item => Assert.Equal((EventKind.Request, "files"), (item.Kind, item.Server)));
    }
}
