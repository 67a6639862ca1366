using Kilometers.Contracts;
using Kilometers.PluginHost.Control;
using Kilometers.PluginHost.Lifecycle;
using Microsoft.Extensions.Time.Testing;

namespace Kilometers.PluginHost.Tests.Lifecycle;

public sealed class SupervisionTests
{
    private const string UnlessMended = "[ -e mended ] || exit 3";
    private const string WaitUntilMended = "until [ -e mended ]; do sleep 0.01; done";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1.7);
    private static readonly RestartOptions AtOnce = new() { First = TimeSpan.FromMilliseconds(1), Second = TimeSpan.FromMilliseconds(1) };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RestartAsync_Active_AnotherProcessGoesOnWhereTheFirstWas()
    {
        await using var plugin = new HostedPlugin();
        plugin.Show(10);
        await plugin.DeliveredAsync(10);
        var before = plugin.Now;
        Assert.Equal(("1.2.3", Tier.Free, 0), (before.Version, before.Tier, before.Restarts));
        Assert.Null(await plugin.Hosting.RestartAsync(HostedPlugin.Name, Cancellation));
        plugin.Show(10);
        await plugin.DeliveredAsync(20);
        var after = plugin.Now;
        Assert.NotEqual(before.ProcessId, after.ProcessId);
        Assert.True(after.Started > before.Started);
        Assert.Equal((1, null), (after.Restarts, after.LastError));
        PluginState[] life = [PluginState.Loading, PluginState.Authenticating, PluginState.Active];
        Assert.Equal(
            [.. life, PluginState.ShuttingDown, PluginState.Stopped, PluginState.Discovered, .. life],
            after.History.Select(change => change.State)
        );
        Assert.Equal(Enumerable.Range(1, 20).Select(i => (ulong)i), plugin.Seen);
        Assert.NotNull(after.Queue.LatencyP99);
    }

    [Fact]
    public async Task RestartAsync_GivenUp_BeginsAnew()
    {
        await using var plugin = new HostedPlugin(UnlessMended, restart: AtOnce);
        await plugin.UntilAsync(_ => plugin.Warnings.Contains(ErrorCode.PluginGivenUp));
        Assert.Equal((PluginState.Error, 4, null), (plugin.Now.State, plugin.Now.Restarts, plugin.Now.NextRestart));
        Assert.Equal([.. Enumerable.Repeat(ErrorCode.PluginExitedEarly, 5), ErrorCode.PluginGivenUp], plugin.Warnings);
        plugin.Show(3);
        Assert.Equal(ErrorCode.PluginExitedEarly, (await plugin.Hosting.RestartAsync(HostedPlugin.Name, Cancellation))?.Code);

        plugin.Mark("mended");
        Assert.Null(await plugin.Hosting.RestartAsync(HostedPlugin.Name, Cancellation));
        plugin.Show(2);
        await plugin.UntilAsync(now => now.Queue.Delivered >= 2 && now.Queue.WaitingItems + now.Queue.Unacknowledged == 0);
        Assert.Equal([4UL, 5], plugin.Seen.TakeLast(2));
    }

    [Fact]
    public async Task RestartAsync_WaitsForItsRestart_GoesAtOnceWithWhatWasKept()
    {
        await using var plugin = new HostedPlugin(
            UnlessMended,
            restart: new RestartOptions { First = TimeSpan.FromHours(1), MaxDelay = TimeSpan.FromHours(1) }
        );
        plugin.Show(3);
        await plugin.UntilAsync(now => now.NextRestart is not null);
        plugin.Mark("mended");
        Assert.Null(await plugin.Hosting.RestartAsync(HostedPlugin.Name, Cancellation));
        await plugin.DeliveredAsync(3);
        Assert.Equal([1UL, 2, 3], plugin.Seen);
    }

    [Fact]
    public async Task Supervise_AlwaysFails_WaitsAsThePolicySaysAndGivesUp()
    {
        var time = new FakeTimeProvider();
        await using var plugin = new HostedPlugin("exit 3", time);
        double[] seconds = [0.1, 1, 2, 4];
        for (var restart = 0; restart < seconds.Length; restart++)
        {
            await plugin.UntilAsync(now => now.Restarts == restart && now.NextRestart is not null);
            var now = plugin.Now;
            Assert.Equal((PluginState.Error, ErrorCode.PluginExitedEarly), (now.State, now.LastError!.Code));
            Assert.InRange((now.NextRestart!.Value - time.GetUtcNow()).TotalSeconds, 0.8 * seconds[restart], 1.2 * seconds[restart]);
            await PassUntilAsync(plugin, time, restarts: restart + 1);
        }

        await plugin.UntilAsync(now => now.LastError?.Code == ErrorCode.PluginGivenUp);
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal((PluginState.Error, 4, null), (plugin.Now.State, plugin.Now.Restarts, plugin.Now.NextRestart));
        Assert.Contains("plugin.restart Error -> Discovered: restart 4 after PLG_RUN_002", plugin.Audit);
        Assert.Equal(14, plugin.Now.History.Count);
    }

    [Fact]
    public async Task FinishAsync_WaitsForItsRestart_EndsWithoutWaiting()
    {
        var time = new FakeTimeProvider();
        await using var plugin = new HostedPlugin("exit 3", time);
        plugin.Show(3);
        await PassUntilAsync(plugin, time, restarts: 1);
        await plugin.UntilAsync(now => now.NextRestart > time.GetUtcNow() + TimeSpan.FromSeconds(0.5));

        // No time passes.
        await plugin.Hosting.FinishAsync(Limit, Limit).WaitAsync(TimeSpan.FromMinutes(3), Cancellation);
        Assert.Equal(["tested: 3 not delivered (it failed)"], plugin.Hosting.DescribeLosses());
    }

    [Fact]
    public async Task FinishAsync_IsNotActiveYet_GetsWhatItWasShown()
    {
        await using var plugin = new HostedPlugin(WaitUntilMended);
        plugin.Show(3);
        await plugin.UntilAsync(now => now.State == PluginState.Loading);

        // An Active plugin would get nothing more.
        var finishing = plugin.Hosting.FinishAsync(TimeSpan.Zero, TimeSpan.FromMinutes(5));
        plugin.Mark("mended");
        await finishing.WaitAsync(Cancellation);
        Assert.Equal([1UL, 2, 3], plugin.Seen);
        Assert.Empty(plugin.Hosting.DescribeLosses());
    }

    /// <summary>What may not run has not failed.</summary>
    [Fact]
    public async Task Supervise_Refused_IsNotCalledFailed()
    {
        await using var plugin = new HostedPlugin("export TESTPLUGIN_TIER=Pro");
        plugin.Show(3);
        await plugin.UntilAsync(now => now.IsRefused);
        Assert.Equal(PluginState.Error, plugin.Now.State);
        plugin.Show(2);
        using var control = new SessionControl(plugin.Hosting, Environment.ProcessId, TimeProvider.System);
        Assert.Equal(PluginReport.Refused, Assert.Single(control.Report().Plugins).State);
        await plugin.Hosting.FinishAsync(Limit, Limit).WaitAsync(TimeSpan.FromMinutes(3), Cancellation);
        Assert.Equal(["tested: 5 not delivered (it may not run)"], plugin.Hosting.DescribeLosses());
    }

    [Fact]
    public async Task DisableAsync_Active_FinishesItsQueueAndKeepsNothing()
    {
        await using var plugin = new HostedPlugin();
        plugin.Show(5);
        await plugin.ActiveAsync();
        Assert.Null(await plugin.Hosting.DisableAsync(HostedPlugin.Name, Cancellation));
        plugin.Show(5);
        var stopped = plugin.Now;
        Assert.Equal(
            (PluginState.Stopped, null, 5L, 0),
            (stopped.State, stopped.ProcessId, stopped.Queue.Delivered, stopped.Queue.WaitingItems)
        );
        Assert.Null(await plugin.Hosting.DisableAsync(HostedPlugin.Name, Cancellation));

        Assert.Null(await plugin.Hosting.EnableAsync(HostedPlugin.Name, Cancellation));
        plugin.Show(5);
        await plugin.DeliveredAsync(10);
        Assert.Equal([1UL, 2, 3, 4, 5, 11, 12, 13, 14, 15], plugin.Seen);
        Assert.Empty(plugin.Hosting.DescribeLosses());
        Assert.Null(await plugin.Hosting.EnableAsync(HostedPlugin.Name, Cancellation));
    }

    [Fact]
    public async Task DisableAsync_WaitsForItsRestart_IsNotStartedAgain()
    {
        var time = new FakeTimeProvider();
        await using var plugin = new HostedPlugin("exit 3", time);
        await plugin.UntilAsync(now => now.NextRestart is not null);
        Assert.Null(await plugin.Hosting.DisableAsync(HostedPlugin.Name, Cancellation));
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal((PluginState.Stopped, 0, null), (plugin.Now.State, plugin.Now.Restarts, plugin.Now.NextRestart));
    }

    [Fact]
    public async Task Fail_Active_IsEndedForThatReasonAndStartedAgain()
    {
        await using var plugin = new HostedPlugin();
        plugin.Show(5);
        await plugin.DeliveredAsync(5);
        var process = plugin.Now.ProcessId;
        plugin.Hosting.Fail("another", new KmError("TST_LIM_001", "No such plugin"));
        plugin.Hosting.Fail(HostedPlugin.Name, new KmError("TST_LIM_001", "Over its memory"));
        await plugin.UntilAsync(now => now.Restarts == 1 && now.State == PluginState.Active);
        Assert.NotEqual(process, plugin.Now.ProcessId);
        Assert.Equal("TST_LIM_001", plugin.Now.LastError?.Code);
        Assert.Contains(plugin.Now.History, change => change is { State: PluginState.Error, Code: "TST_LIM_001" });
        plugin.Show(5);
        await plugin.DeliveredAsync(10);
        Assert.Equal(Enumerable.Range(1, 10).Select(i => (ulong)i), plugin.Seen);
    }

    [Fact]
    public async Task Commands_UnknownNameOrEndedSession_AreAnswered()
    {
        await using var plugin = new HostedPlugin();
        await plugin.ActiveAsync();
        Assert.Equal(ErrorCode.PluginNotInSession, (await plugin.Hosting.RestartAsync("another", Cancellation))?.Code);
        Assert.Equal(ErrorCode.PluginNotInSession, (await plugin.Hosting.DisableAsync("another", Cancellation))?.Code);
        Assert.Equal(ErrorCode.PluginNotInSession, (await plugin.Hosting.EnableAsync("another", Cancellation))?.Code);
        await plugin.Hosting.FinishAsync(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10));
        Assert.Equal(PluginState.Stopped, plugin.Now.State);
        Assert.Equal(ErrorCode.PluginNotInSession, (await plugin.Hosting.RestartAsync(HostedPlugin.Name, Cancellation))?.Code);
        Assert.Equal(ErrorCode.PluginNotInSession, (await plugin.Hosting.EnableAsync(HostedPlugin.Name, Cancellation))?.Code);
        Assert.Equal(PluginState.Stopped, plugin.Now.State);
    }

    [Fact]
    public async Task Commands_ManyAtOnce_EndInOneProcess()
    {
        await using var plugin = new HostedPlugin();
        plugin.Show(20);
        await Task.WhenAll(
            Enumerable
                .Range(0, 12)
                .Select(i =>
                    (i % 3) switch
                    {
                        0 => plugin.Hosting.RestartAsync(HostedPlugin.Name, Cancellation),
                        1 => plugin.Hosting.DisableAsync(HostedPlugin.Name, Cancellation),
                        _ => plugin.Hosting.EnableAsync(HostedPlugin.Name, Cancellation),
                    }
                )
        );
        Assert.Null(await plugin.Hosting.RestartAsync(HostedPlugin.Name, Cancellation));
        var delivered = plugin.Now.Queue.Delivered;
        plugin.Show(5);
        await plugin.UntilAsync(now => now.Queue.WaitingItems + now.Queue.Unacknowledged == 0);
        Assert.Equal([21UL, 22, 23, 24, 25], plugin.Seen.TakeLast(5));
        Assert.True(plugin.Now.Queue.Delivered >= delivered + 5);
        Assert.Empty(plugin.Warnings);
    }

    /// <summary>Lets the time pass until it was started again so often. In steps: nobody may be waiting yet.</summary>
    private static Task PassUntilAsync(HostedPlugin plugin, FakeTimeProvider time, int restarts) =>
        plugin.UntilAsync(now =>
        {
            if (now.Restarts >= restarts)
                return true;
            if (now.NextRestart is not null)
                time.Advance(TimeSpan.FromMilliseconds(20));
            return false;
        });
}
