using System.Globalization;
using Kilometers.Plugins.ApiLogger.Sending;
using Microsoft.Extensions.Time.Testing;

namespace Kilometers.Plugins.ApiLogger.Tests.Sending;

/// <summary>When something is sent, by a clock that only the test moves.</summary>
public sealed class TimingTests : IAsyncLifetime
{
    private readonly TemporaryFolder _spool = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private EventsServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await EventsServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _spool.Dispose();
    }

    [Theory]
    [InlineData(503, "120", 120, 360)]
    [InlineData(429, "90", 90, 300)]
    [InlineData(503, "in 100 s", 90, 300)]
    [InlineData(503, "86400", 300, 900)]
    [InlineData(503, null, 0.25, 80)]
    [InlineData(503, "-5", 0.25, 80)]
    public async Task A_server_that_asks_for_time_gets_it(int status, string? retryAfter, double least, double most)
    {
        if (retryAfter == "in 100 s")
            retryAfter = _time.GetUtcNow().AddSeconds(101.5).ToString("R", CultureInfo.InvariantCulture);
        _server.Faults.Enqueue(new(Status: status, RetryAfter: retryAfter));
        await using var plugin = await StartAsync();
        await plugin.RecordAsync(1);
        await AdvanceUntilAsync(() => _server.Requests.Count == 1);
        await Condition.HoldsAsync(
            () => plugin.Log.Any(line => line.Contains("cannot be sent", StringComparison.Ordinal)),
            "the answer arrived"
        );
        var waited = await AdvanceUntilAsync(() => _server.Requests.Count == 2);
        Assert.InRange(waited.TotalSeconds, least, most);
        await _server.StoresAsync(1);
    }

    [Fact]
    public async Task A_server_that_never_answers_is_given_up_after_30_seconds()
    {
        _server.Faults.Enqueue(new(Silent: true));
        await using var plugin = await StartAsync();
        await plugin.RecordAsync(1);
        var waited = await AdvanceUntilAsync(() => _server.Requests.Count == 2);
        Assert.InRange(waited.TotalSeconds, 30, 200);
        await _server.StoresAsync(1);
        Assert.Contains(plugin.Log, line => line.Contains("no answer within 30 s", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_batch_waits_for_its_time_unless_it_is_full()
    {
        await using var plugin = await StartAsync();
        await plugin.RecordAsync(99);
        var waited = await AdvanceUntilAsync(() => _server.Requests.Count == 1);
        Assert.InRange(waited.TotalSeconds, 0.9, 60);
        await _server.StoresAsync(99);
        await plugin.RecordAsync(100);
        await _server.StoresAsync(199);
        Assert.Equal([99, 100], _server.Requests.Select(request => request.Batch.Events.Count));
    }

    [Fact]
    public void Backoff_DoublesToAMinute_WithJitterAndWhatIsAskedFor()
    {
        var backoff = new Backoff(new Random(1));
        var whole = 0.5;
        for (var attempt = 0; attempt < 50; attempt++, whole = Math.Min(60, whole * 2))
            Assert.InRange(backoff.Next(null).TotalSeconds, whole / 2, whole);
        Assert.Equal(100, backoff.Next(TimeSpan.FromSeconds(100)).TotalSeconds);
        Assert.Equal(300, backoff.Next(TimeSpan.FromDays(1)).TotalSeconds);
        Assert.InRange(backoff.Next(TimeSpan.FromSeconds(1)).TotalSeconds, 30, 60);
        backoff.Reset();
        Assert.InRange(backoff.Next(TimeSpan.FromSeconds(-5)).TotalSeconds, 0.25, 0.5);
    }

    private Task<PluginInProcess> StartAsync() =>
        PluginInProcess.StartAsync(_spool.Path, _server.Address, _time, settings: ("batch_time", "1000"));

    /// <summary>Lets time pass until something holds, slowly enough for what happens in real time to happen.</summary>
    /// <returns>How much time it took.</returns>
    private async Task<TimeSpan> AdvanceUntilAsync(Func<bool> condition)
    {
        var start = _time.GetUtcNow();
        for (var step = 0; step < 10_000 && !condition(); step++)
        {
            _time.Advance(TimeSpan.FromSeconds(0.5));
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
        Assert.True(condition());
        return _time.GetUtcNow() - start;
    }
}
