using System.Diagnostics;
using System.Text.Json;
using Kilometers.Contracts;
using Kilometers.EndToEnd.Tests.Accounts;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Faults;

/// <summary>An API that is there and does not answer, one that dies while it answers, and clocks that are wrong.</summary>
public sealed class NetworkTests(ApiServer api) : IClassFixture<ApiServer>
{
    /// <summary>How long an end would take that waits for the API: each request waits for its answer so long, and there is more than one.</summary>
    private static readonly TimeSpan WaitingEnd = 2 * TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Behind_an_api_that_never_answers_the_plugin_starts_from_the_cache_and_nothing_is_lost()
    {
        using var subscriber = await Subscriber.CreateAsync(api);
        await api.KillAsync();
        try
        {
            using var hole = new BlackHole(new Uri(api.Endpoint).Port);
            await using var km = await subscriber.MonitorWithPluginAsync();
            for (var i = 0; i < 20; i++)
                await Subscriber.SendAsync(km, $"n{i}");
            await Wait.ForAsync(() => hole.Accepted > 0, "km or its plugin to try the API");

            // A session's end waits for its plugins only so long: on a busy machine they have not seen everything yet.
            await Wait.ForAsync(() => subscriber.IsSpooled("n19"), () => km.Errors);
            await AssertEndsPromptlyAsync(km);
        }
        finally
        {
            await api.StartAsync();
        }

        await using var next = await subscriber.MonitorWithPluginAsync();
        var names = Enumerable.Range(0, 20).Select(i => $"n{i}").Order(StringComparer.Ordinal).ToList();
        await StoredAsync(subscriber, stored => stored.Count(names.Contains) >= names.Count);
        Assert.Equal(names, (await subscriber.StoredAsync(api)).Where(names.Contains).Order(StringComparer.Ordinal));
        Assert.Equal(0, await next.FinishAsync());
    }

    [Fact]
    public async Task Behind_an_api_that_never_answers_a_session_without_a_cache_goes_on_and_ends_promptly()
    {
        using var subscriber = await Subscriber.CreateAsync(api);
        File.Delete(Path.Combine(subscriber.Home.Path, "entitlement"));
        await api.KillAsync();
        try
        {
            using var hole = new BlackHole(new Uri(api.Endpoint).Port);
            await using var km = subscriber.Monitor();
            await Subscriber.SendAsync(km, "before");
            await Wait.ForAsync(() => hole.Accepted > 0, "km to ask the API");
            for (var i = 0; i < 20; i++)
                await Subscriber.SendAsync(km, $"n{i}");
            Assert.False(Subscriber.HasPlugin(km));
            await AssertEndsPromptlyAsync(km);
        }
        finally
        {
            await api.StartAsync();
        }
    }

    [Fact]
    public async Task An_api_killed_in_the_middle_of_a_download_costs_the_rest_of_it_and_no_more()
    {
        using var relay = new Relay(new Uri(api.Endpoint).Port) { StopAfter = 300_000 };
        using var subscriber = await Subscriber.CreateAsync(api, relay.Endpoint, provision: false);
        var refreshing = subscriber.RunAsync("plugins", "refresh", "--yes");
        await relay.Stopped.WaitAsync(Wait.Limit, TestContext.Current.CancellationToken);
        await api.KillAsync();
        var (status, _, errors) = await refreshing;
        await api.StartAsync();
        Assert.Equal(1, status);
        Assert.Contains($"[{ErrorCode.ApiUnreachable}]", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(subscriber.Home.Installed("api-logger")));
        var part = Assert.Single(Directory.EnumerateFiles(Path.Combine(subscriber.Home.Path, "downloads")));
        var have = new FileInfo(part).Length;
        Assert.True(have > 200_000, $"{have} bytes are kept");

        relay.StopAfter = null;
        var again = await subscriber.RunAsync("plugins", "refresh", "--yes", "--json");
        Assert.True(again.Status == 0, again.Errors);
        Assert.Equal("new", JsonElement.Parse(again.Output)[0].GetProperty("outcome").GetString());
        Assert.Equal(0, (await subscriber.RunAsync("plugins", "verify", "--all")).Status);
    }

    /// <summary>Only km's clock is moved: plugins get no foreign variables, so that LD_PRELOAD does not reach them.</summary>
    [Theory]
    [InlineData("+2h", "grace", null)]
    [InlineData("+80h", "denied", ErrorCode.EntitlementExpired)]
    [InlineData("-1h", "denied", ErrorCode.ClockSetBack)]
    public async Task A_clock_that_was_moved_while_the_api_is_away_counts_as_designed(string clock, string state, string? code)
    {
        Assert.SkipWhen(!File.Exists("/usr/bin/faketime"), "faketime is not installed (./test.sh installs it where it can)");
        using var subscriber = await Subscriber.CreateAsync(api);
        await api.KillAsync();
        try
        {
            var asked = await subscriber.RunAsync("/usr/bin/faketime", ["-f", clock, Programs.Km, "auth", "status", "--json"]);
            Assert.Equal(
                (state == "denied" ? 1 : 0, state),
                (asked.Status, JsonElement.Parse(asked.Output).GetProperty("state").GetString())
            );
            if (code is not null)
                Assert.Contains($"[{code}]", asked.Errors, StringComparison.Ordinal);

            await using var km = state == "denied" ? subscriber.Monitor(clock) : await subscriber.MonitorWithPluginAsync(clock);
            await Subscriber.SendAsync(km, "through");
            if (code is not null)
                await Wait.ForAsync(() => km.Errors.Contains("api-logger", StringComparison.Ordinal), () => km.Errors);
            Assert.Equal(code is null, Subscriber.HasPlugin(km));
            await AssertEndsPromptlyAsync(km);
        }
        finally
        {
            await api.StartAsync();
        }

        // The right clock again, and everything is as it was.
        await using var next = await subscriber.MonitorWithPluginAsync();
        Assert.Equal(0, await next.FinishAsync());
    }

    private static async Task AssertEndsPromptlyAsync(KmProcess km)
    {
        var watch = Stopwatch.StartNew();
        Assert.Equal(0, await km.FinishAsync());
        TestContext.Current.TestOutputHelper?.WriteLine($"ended within {watch.ElapsedMilliseconds} ms");
        Assert.True(watch.Elapsed < WaitingEnd, $"it took {watch.Elapsed} to end");
    }

    private async Task StoredAsync(Subscriber subscriber, Func<List<string>, bool> condition)
    {
        var watch = Stopwatch.StartNew();
        while (!condition(await subscriber.StoredAsync(api)))
        {
            Assert.True(watch.Elapsed < 2 * Wait.Limit, "what was recorded did not arrive");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }
}
