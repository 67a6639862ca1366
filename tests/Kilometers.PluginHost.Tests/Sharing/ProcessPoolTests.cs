using System.Diagnostics;
using Kilometers.Contracts;
using Kilometers.Monitoring.Observation;
using Kilometers.PluginHost.Lifecycle;

namespace Kilometers.PluginHost.Tests.Sharing;

public sealed class ProcessPoolTests
{
    private static readonly (string, string) Serves = ("SESSIONS", "1");

    [Fact]
    public async Task Join_SeveralAtOnce_OneProcessServesAll()
    {
        await using var host = new SharedHost(Serves, ("PRINT", "1"));
        var sessions = await Task.WhenAll(host.BeginAsync("a"), host.BeginAsync("colored"), host.BeginAsync("c"));
        Assert.All(sessions, session => Assert.Equal(PluginState.Active, session.Now.State));
        Assert.Single(sessions.Select(session => session.Now.ProcessId).Distinct());
        foreach (var session in sessions)
            session.Show(50);
        foreach (var session in sessions)
            await session.DeliveredAsync(50);
        Assert.Single(host.Started);
        Assert.Single(host.Recorded("authenticate"));
        Assert.Equal(
            ["a False", "c False", "colored True"],
            host.Recorded("initialize").Select(line => $"{line.GetProperty("label")} {line.GetProperty("color")}").Order()
        );
        Assert.All(["a", "colored", "c"], label => Assert.Equal(Enumerable.Range(1, 50).Select(n => (ulong)n), host.Seen(label)));
        Assert.Equal(string.Concat(Enumerable.Repeat("colored saw 1\n", 50)), sessions[1].Printed);
    }

    [Fact]
    public async Task LeaveAsync_OneOfTwo_TheOtherContinuesAndItsEndEndsTheProcess()
    {
        await using var host = new SharedHost(Serves);
        var (first, second) = (await host.BeginAsync("a"), await host.BeginAsync("b"));
        var process = Process.GetProcessById(first.Now.ProcessId!.Value);
        first.Show(3);
        await first.EndAsync();
        Assert.Equal([1UL, 2, 3], host.Seen("a"));
        second.Show(3);
        await second.DeliveredAsync(3);
        Assert.False(process.HasExited);
        Assert.Single(host.Recorded("shutdown"));
        await second.EndAsync();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, host.Recorded("shutdown").Count);
        Assert.Equal((PluginState.Stopped, PluginState.Stopped), (first.Now.State, second.Now.State));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    public async Task LeaveAsync_TheLastSession_HearsWhatTheProcessSaysAtItsEnd(string serves)
    {
        await using var host = new SharedHost(("SESSIONS", serves), ("PRINT_END", "the end"));
        var session = await host.BeginAsync("a");
        await session.EndAsync();
        Assert.Equal("the end\n", session.Printed);
    }

    [Fact]
    public async Task Join_ThePluginServesOneSession_EachHasItsProcess()
    {
        await using var host = new SharedHost();
        var sessions = await Task.WhenAll(host.BeginAsync("a"), host.BeginAsync("b"), host.BeginAsync("c"));
        var late = await host.BeginAsync("d");
        Assert.All(sessions, session => Assert.Equal(PluginState.Active, session.Now.State));
        Assert.Equal(4, sessions.Append(late).Select(session => session.Now.ProcessId).Distinct().Count());
    }

    [Fact]
    public async Task Fail_TheProcessIsKilled_OneFollowsAndEverySessionGetsEverything()
    {
        await using var host = new SharedHost(Serves);
        var sessions = await Task.WhenAll(host.BeginAsync("a"), host.BeginAsync("b"), host.BeginAsync("c"));
        foreach (var session in sessions)
            session.Show(500);
        await sessions[0].DeliveredAsync(1);
        Process.GetProcessById(host.Started[0]).Kill();
        foreach (var session in sessions)
            session.Show(500);
        foreach (var session in sessions)
            await session.DeliveredAsync(1000);
        Assert.Equal(2, host.Started.Count);
        Assert.All(["a", "b", "c"], label => Assert.Equal(Enumerable.Range(1, 1000).Select(n => (ulong)n), host.Seen(label).Distinct()));
        Assert.All(sessions, session => Assert.Equal((1, 0L), (session.Now.Restarts, session.Now.Queue.Dropped)));
    }

    [Fact]
    public async Task Rewind_AMessageKillsTheProcessTwice_ItAloneIsSetAsideAndNoOtherSessionLosesAnything()
    {
        await using var host = new SharedHost(Serves, ("FATAL", "poison"));
        var sessions = await Task.WhenAll(host.BeginAsync("a"), host.BeginAsync("b"), host.BeginAsync("c"));
        foreach (var session in sessions)
            session.Show(100);
        sessions[1].Show(1, "poison");
        foreach (var session in sessions)
            session.Show(100);
        await sessions[0].DeliveredAsync(200);
        await sessions[1].DeliveredAsync(201);
        await sessions[2].DeliveredAsync(200);
        Assert.All(sessions, session => Assert.Equal(PluginState.Active, session.Now.State));
        Assert.All(["a", "c"], label => Assert.Equal(Enumerable.Range(1, 200).Select(n => (ulong)n), host.Seen(label).Distinct().Order()));
        Assert.Equal(Enumerable.Range(1, 201).Select(n => (ulong)n), host.Seen("b").Distinct().Order());
        Assert.Equal([0L, 1, 0], sessions.Select(session => session.Now.Queue.Dropped));
        Assert.Equal(1, sessions[1].Plugin.Queue.Drops[DropReason.SetAside]);
        Assert.Contains(ErrorCode.MessageSetAside, sessions[1].Warnings);
        Assert.DoesNotContain(ErrorCode.MessageSetAside, sessions[0].Warnings.Concat(sessions[2].Warnings));
        var gap = Assert.Single(host.Recorded("event"), line => line.GetProperty("type").GetString() == DeliveryGap.EventType);
        Assert.Equal("set_aside", gap.GetProperty("data").GetProperty("reason").GetString());
    }

    [Fact]
    public async Task InitializeAsync_OneSessionIsNotServed_TheOthersAre()
    {
        await using var host = new SharedHost(Serves, ("FAIL_INITIALIZE", "b@not this one"));
        var (first, refused) = (await host.BeginAsync("a"), await host.BeginAsync("b"));
        await refused.UntilAsync(now => now.State == PluginState.Error);
        Assert.True(refused.Now.IsRefused);
        Assert.Equal(ErrorCode.PluginInitialize, refused.Now.LastError?.Code);
        Assert.Contains("not this one", refused.Now.LastError?.Detail, StringComparison.Ordinal);
        first.Show(3);
        await first.DeliveredAsync(3);
        Assert.Single(host.Started);
    }

    [Fact]
    public async Task Retire_OneSessionIsRestarted_TheOtherKeepsItsProcess()
    {
        await using var host = new SharedHost(Serves);
        var (first, second) = (await host.BeginAsync("a"), await host.BeginAsync("b"));
        var before = second.Now.ProcessId;
        Assert.Null(await first.RestartAsync());
        Assert.NotEqual(before, first.Now.ProcessId);
        Assert.Equal(before, second.Now.ProcessId);
        Assert.Equal(0, second.Now.Restarts);
        first.Show(2);
        second.Show(2);
        await first.DeliveredAsync(2);
        await second.DeliveredAsync(2);

        // Who comes now, or is restarted now, joins the newer one.
        var third = await host.BeginAsync("c");
        Assert.Null(await second.RestartAsync());
        Assert.Equal(first.Now.ProcessId, third.Now.ProcessId);
        Assert.NotEqual(before, second.Now.ProcessId);
    }

    [Fact]
    public async Task Handle_AHandlerThrowsInOneSession_OnlyThatOneCountsIt()
    {
        await using var host = new SharedHost(Serves, ("THROW", "all"));
        var (first, second) = (await host.BeginAsync("a"), await host.BeginAsync("b"));
        first.Show(5);
        await first.UntilAsync(now => now.Failed == 5);
        Assert.Equal(0, second.Now.Failed);
        Assert.Single(host.Started);
    }
}
