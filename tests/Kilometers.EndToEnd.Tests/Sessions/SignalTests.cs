using System.Diagnostics;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Sessions;

/// <summary>What clients and people send to km reaches the server, and ends it in the time that clients give.</summary>
public sealed class SignalTests
{
    [Theory]
    [InlineData(PosixSignalNumber.Terminate, "SIGTERM")]
    [InlineData(PosixSignalNumber.Interrupt, "SIGINT")]
    [InlineData(PosixSignalNumber.Hangup, "SIGHUP")]
    internal async Task A_signal_reaches_the_server(PosixSignalNumber signal, string name)
    {
        using var traces = new Traces();
        await using var km = await ReportingAsync(traces, "stay");
        km.Signal(signal);
        await Wait.ForAsync(() => Report(traces).Contains(name), "the signal to reach the server");
        Assert.Equal(["ready", name], Report(traces));

        // It was told to stay. Only SIGTERM starts a clock: a server may handle the others and continue.
        if (signal != PosixSignalNumber.Terminate)
            km.Signal(PosixSignalNumber.Terminate);
        Assert.Equal(137, await km.ExitAsync());
        await traces.AreGoneAsync();
    }

    [Fact]
    public async Task Every_signal_that_the_server_knows_reaches_it_once_and_ends_nothing()
    {
        int[] signals = [1, 2, 3, 6, 10, 12, 14, 16, 18, 20, 23, 26, 27, 28, 29, 30, 35, 40, 64];
        var traps = $"for n in {string.Join(' ', signals)}; do trap \"echo got $n\" $n; done; echo ready; while :; do sleep 0.05; done";
        await using var km = KmProcess.Monitor(["--no-plugins", "--quiet"], ["bash", "-c", traps]);
        Assert.Equal("ready", await km.ReadLineAsync());
        foreach (var signal in signals)
        {
            km.Signal((PosixSignalNumber)signal);
            Assert.Equal($"got {signal}", await km.ReadLineAsync());
        }

        // .NET's own, and those of limits and children: they end nothing either.
        foreach (var signal in new[] { 34, 24, 25, 17, 13 })
            km.Signal((PosixSignalNumber)signal);
        km.Signal((PosixSignalNumber)10);
        Assert.Equal("got 10", await km.ReadLineAsync());
        km.Signal(PosixSignalNumber.Terminate);
        Assert.Equal(143, await km.ExitAsync());
    }

    [Fact]
    public async Task A_signal_that_only_the_server_should_have_reaches_none_of_its_children()
    {
        await using var km = KmProcess.Monitor(
            ["--no-plugins"],
            ["bash", "-c", "trap 'echo got' USR1; sleep 1000 & child=$!; echo ready; wait; kill -0 $child && echo alive; exit 3"]
        );
        Assert.Equal("ready", await km.ReadLineAsync());
        km.Signal((PosixSignalNumber)10);
        Assert.Equal("got", await km.ReadLineAsync());
        Assert.Equal("alive", await km.ReadLineAsync());
        Assert.Equal(3, await km.ExitAsync());
    }

    [Fact]
    public async Task A_signal_that_is_ignored_is_ignored_by_the_server_too()
    {
        await using var km = KmProcess.Start(
            "env",
            [
                "--ignore-signal=USR2",
                "--ignore-signal=QUIT",
                Programs.Km,
                "monitor",
                "--no-plugins",
                "--",
                "sh",
                "-c",
                "kill -USR2 $$; kill -QUIT $$; exit 4",
            ]
        );
        Assert.Equal(4, await km.ExitAsync());
    }

    [Fact]
    public async Task A_server_has_the_default_of_what_km_ignores_for_itself()
    {
        await using var km = KmProcess.Monitor(["--no-plugins"], ["sh", "-c", "grep SigIgn /proc/self/status"]);
        Assert.Equal(0, Convert.ToInt64((await km.ReadLineAsync())!.Split(':')[1].Trim(), 16) & ((1L << 24) | (1L << 23) | (1L << 12)));
        Assert.Equal(0, await km.ExitAsync());
    }

    [Fact]
    public async Task A_server_that_ends_at_SIGTERM_gives_its_own_exit_code()
    {
        using var traces = new Traces();
        await using var km = await ReportingAsync(traces);
        km.Signal(PosixSignalNumber.Terminate);
        Assert.Equal(0, await km.ExitAsync());
        Assert.Equal(["ready", "SIGTERM"], Report(traces));
    }

    [Fact]
    public async Task A_signal_reaches_every_process_of_the_servers_group()
    {
        // sh waits for the child that handles the signal, as "npx" and "uv run" should and do not.
        using var traces = new Traces();
        var script = "trap : TERM; \"$0\" signal-report \"$1\" & wait; wait; exit 4";
        await using var km = KmProcess.Monitor(
            [],
            ["sh", "-c", script, Programs.TestMcpServer, traces.Workspace.File("report")],
            traces.Environment
        );
        await Wait.ForAsync(() => Report(traces).Contains("ready"), "the server to be ready");
        km.Signal(PosixSignalNumber.Terminate);
        Assert.Equal(4, await km.ExitAsync());
        Assert.Contains("SIGTERM", Report(traces));
    }

    [Fact]
    public Task Two_signals_both_reach_the_server() => Promptly.WithinAsync(TimeSpan.Zero, async () =>
        {
            using var traces = new Traces();
            await using var km = await ReportingAsync(traces);
            km.Signal(PosixSignalNumber.Interrupt);
            await Wait.ForAsync(() => Report(traces).Contains("SIGINT"), "the first signal");
            km.Signal(PosixSignalNumber.Terminate);
            var code = await km.ExitAsync();
            Assert.True(code is 0 or 137, $"exit code {code}");

            // 137: the machine was too slow to bring the second one before km's patience had an end.
            if (code == 137)
                return TimeSpan.MaxValue;
            Assert.Equal(["ready", "SIGINT", "SIGTERM"], Report(traces));
            return TimeSpan.Zero;
        });

    [Fact]
    public Task A_server_that_ignores_SIGTERM_is_killed_with_all_its_descendants_after_the_time_clients_give() =>
        Promptly.WithinAsync(TimeSpan.FromSeconds(2.5), async () =>
        {
            using var traces = new Traces();
            var script = "trap '' TERM; sleep 1000 & setsid sleep 1000 & (setsid sleep 1000 &) ; echo up; while :; do sleep 1; done";
            await using var km = KmProcess.Monitor([], ["sh", "-c", script], traces.Environment);
            Assert.Equal("up", await km.ReadLineAsync());
            var watch = Stopwatch.StartNew();
            km.Signal(PosixSignalNumber.Terminate);
            Assert.Equal(137, await km.ExitAsync());
            var taken = watch.Elapsed;
            Assert.True(taken > TimeSpan.FromSeconds(1.5), $"killed after {taken}, before it had its time");
            await traces.AreGoneAsync();
            return taken;
        });

    [Fact]
    public async Task A_server_that_ignores_signals_still_answers_until_it_is_killed()
    {
        await using var km = KmProcess.Monitor([], [Programs.TestMcpServer, "ignore-term"]);
        await km.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"ping"}""");
        Assert.NotNull(await km.ReadLineAsync());
        km.Signal(PosixSignalNumber.Terminate);
        await km.SendAsync("""{"jsonrpc":"2.0","id":2,"method":"ping"}""");

        // On a machine so slow that it is killed first there is no answer; there is never another one.
        Assert.True(await km.ReadLineAsync() is null or """{"jsonrpc":"2.0","id":2,"result":{}}""");
        km.CloseInput();
        Assert.True(await km.ExitAsync() is 0 or 137);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(50)]
    [InlineData(80)]
    [InlineData(110)]
    [InlineData(150)]
    [InlineData(250)]
    public async Task A_signal_at_any_moment_of_the_start_ends_everything(int milliseconds)
    {
        using var traces = new Traces();
        var plugin = traces.Workspace.TestPlugin("starting");
        await using var km = KmProcess.Monitor(["--dev-plugin", plugin], ["sleep", "1000"], traces.Environment);

        // Not a wait for something: it sweeps over what km does first.
        await Task.Delay(milliseconds, TestContext.Current.CancellationToken);
        km.Signal(PosixSignalNumber.Terminate);
        Assert.Equal(143, await km.ExitAsync());
        await traces.AreGoneAsync();
    }

    private static async Task<KmProcess> ReportingAsync(Traces traces, params string[] options)
    {
        var km = KmProcess.Monitor(
            [],
            [Programs.TestMcpServer, "signal-report", traces.Workspace.File("report"), .. options],
            traces.Environment
        );
        await Wait.ForAsync(() => Report(traces).Contains("ready"), "the server to be ready");
        return km;
    }

    private static string[] Report(Traces traces)
    {
        var file = traces.Workspace.File("report");
        if (!File.Exists(file))
            return [];
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return new StreamReader(stream).ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
