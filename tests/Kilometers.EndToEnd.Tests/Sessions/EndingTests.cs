using System.Diagnostics;
using System.Globalization;
using System.Text;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Sessions;

/// <summary>The session ends as the server ends, or as the client does.</summary>
public sealed class EndingTests
{
    // What MCP clients wait before they use force.
    private static readonly TimeSpan ExitLimit = TimeSpan.FromSeconds(2);

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(255)]
    public async Task The_exit_code_is_the_servers(int code)
    {
        await using var km = KmProcess.Monitor([], [Programs.TestMcpServer, "exit", code.ToString(CultureInfo.InvariantCulture)]);
        Assert.Equal(code, await km.ExitAsync());
    }

    [Theory]
    [InlineData(9)]
    [InlineData(15)]
    [InlineData(6)]
    public async Task A_server_that_died_of_a_signal_gives_128_and_its_number(int signal)
    {
        await using var km = KmProcess.Monitor([], ["sh", "-c", $"kill -{signal} $$"]);
        Assert.Equal(128 + signal, await km.ExitAsync());
    }

    /// <summary>The host outlives the session; what a client waits for must not.</summary>
    [Fact]
    public async Task A_pipe_that_the_client_handed_on_ends_with_the_session()
    {
        using var home = new KmHomeFolder();
        var variables = new Dictionary<string, string>(home.Environment) { ["KM_HOST_LINGER"] = "3600" };
        await using var shell = KmProcess.Start(
            "sh",
            ["-c", "exec 9>&1; \"$0\" monitor --quiet -- true >/dev/null 2>&1 </dev/null", Programs.Km],
            variables
        );
        Assert.Empty(await ReadAllAsync(shell));
        Assert.Equal(0, await shell.ExitAsync());
        KmProcess.Send(Assert.Single(Processes.HostsOf(home.Path)), PosixSignalNumber.Kill);
    }

    [Fact]
    public async Task The_last_megabytes_of_a_server_that_exits_at_once_arrive()
    {
        await using var km = KmProcess.Monitor([], [Programs.TestMcpServer, "last-words", "5000000", "4"]);
        var output = await ReadAllAsync(km);
        Assert.Equal(4, await km.ExitAsync());
        Assert.Equal(5_000_000, output.Length);
        Assert.EndsWith("xxx\"}}\n", Encoding.ASCII.GetString(output.AsSpan(^100..)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_last_bytes_wait_for_a_client_that_reads_long_after_the_server_has_ended()
    {
        using var traces = new Traces();
        var file = traces.Workspace.File("pid");
        await using var km = KmProcess.Monitor(
            [],
            ["sh", "-c", "echo $$ >\"$0\"; head -c 700000 /dev/zero; exit 4", file],
            traces.Environment
        );
        await Wait.ForAsync(() => File.Exists(file) && File.ReadAllText(file).EndsWith('\n'), "the server to start");
        var server = int.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), CultureInfo.InvariantCulture);
        await Wait.ForAsync(() => !Processes.IsAlive(server), "the server to end");

        // Not a wait for something: a client that is later than every limit of km's.
        await Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);
        Assert.Equal(700_000, (await ReadAllAsync(km)).Length);
        Assert.Equal(4, await km.ExitAsync());
    }

    [Fact]
    public async Task The_end_of_the_clients_input_reaches_the_server()
    {
        using var traces = new Traces();
        var report = traces.Workspace.File("report");
        await using var km = KmProcess.Monitor([], [Programs.TestMcpServer, "signal-report", report], traces.Environment);
        await Wait.ForAsync(
            () => File.Exists(report) && File.ReadAllText(report).Contains("ready", StringComparison.Ordinal),
            "the server to be ready"
        );
        Assert.DoesNotContain("EOF", await File.ReadAllTextAsync(report, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        km.CloseInput();
        await Wait.ForAsync(() => File.ReadAllText(report).Contains("EOF", StringComparison.Ordinal), "EOF to reach the server");
    }

    [Fact]
    public async Task A_server_that_closes_its_output_first_gives_EOF_at_once_and_its_exit_code_later()
    {
        await using var km = KmProcess.Monitor([], [Programs.TestMcpServer, "close-stdout-first"]);
        await km.SendAsync("{\"id\":1}");
        Assert.Equal("{\"id\":1}", await km.ReadLineAsync());
        Assert.Null(await km.ReadLineAsync());
        Assert.True(Processes.IsAlive(km.Id));
        km.CloseInput();
        Assert.Equal(3, await km.ExitAsync());
    }

    [Fact]
    public async Task A_client_that_stops_reading_breaks_the_servers_pipe_as_without_km()
    {
        string[] server = ["/bin/sh", "-c", "while echo x; do :; done"];

        // .NET starts a child with SIGPIPE ignored, and so it would stay; km gives the server the default back, as other clients do.
        await using var direct = KmProcess.Start("/usr/bin/env", ["--default-signal=PIPE", .. server]);
        await using var km = KmProcess.Monitor([], server);
        var codes = new List<int>();
        foreach (var process in new[] { direct, km })
        {
            await process.Output.ReadExactlyAsync(new byte[1000], TestContext.Current.CancellationToken);
            process.CloseOutput();
            codes.Add(await process.ExitAsync());
        }

        Assert.Equal([128 + 13, 128 + 13], codes);
    }

    [Fact]
    public async Task A_server_that_closes_its_input_breaks_the_clients_pipe()
    {
        await using var km = KmProcess.Monitor([], ["sh", "-c", "exec 0<&-; echo closed; exec sleep 1000"]);
        Assert.Equal("closed", await km.ReadLineAsync());
        await Wait.ForAsync(() => Fails(km), "the client's write to fail");
        km.Signal(PosixSignalNumber.Terminate);
        Assert.Equal(143, await km.ExitAsync());
    }

    [Theory]
    [InlineData("sleep 1000 & exit 5")]
    [InlineData("setsid sleep 1000 & exit 5")]
    [InlineData("(setsid sleep 1000 &) ; exit 5")]
    [InlineData("(while echo x; echo y >&2; do :; done) & exit 5")]
    public Task A_grandchild_that_holds_the_pipes_open_delays_nothing_and_is_ended(string script) =>
        Promptly.WithinAsync(ExitLimit, async () =>
        {
            using var traces = new Traces();
            var file = traces.Workspace.File("pid");
            await using var km = KmProcess.Monitor(["--quiet"], ["sh", "-c", "read line; " + script, file], traces.Environment);
            await traces.GuardianAsync();
            var watch = Stopwatch.StartNew();
            await km.SendAsync("");
            await ReadAllAsync(km);
            Assert.Equal(5, await km.ExitAsync());
            var taken = watch.Elapsed;
            await traces.AreGoneAsync();
            return taken;
        });

    [Fact]
    public Task A_plugin_that_hangs_does_not_delay_the_exit() => Promptly.WithinAsync(ExitLimit, async () =>
        {
            using var traces = new Traces();
            var plugin = traces.Workspace.TestPlugin("frozen", ("FREEZE_AT", "shutdown"));
            await using var km = KmProcess.Monitor(
                ["--dev-plugin", plugin],
                [Programs.TestMcpServer, "exit", "6", "1"],
                traces.Environment
            );
            await Wait.ForAsync(
                () => traces.Workspace.Record("frozen").Any(r => r.GetProperty("call").GetString() == "initialize"),
                "the plugin to be ready"
            );
            var watch = Stopwatch.StartNew();
            await km.SendAsync("{}");
            await ReadAllAsync(km);
            Assert.Equal(6, await km.ExitAsync());
            var taken = watch.Elapsed;
            await traces.AreGoneAsync();
            return taken;
        });

    [Fact]
    public async Task A_session_that_ends_normally_leaves_nothing_behind()
    {
        using var traces = new Traces();
        var plugin = traces.Workspace.TestPlugin("plain");
        await using var km = KmProcess.Monitor(["--dev-plugin", plugin], [Programs.TestMcpServer, "jsonrpc"], traces.Environment);
        await km.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"ping"}""");
        await Wait.ForAsync(() => traces.Workspace.Messages("plain").Count == 2, "the plugin to see the pair");
        Assert.Single(traces.RunDirectories);
        Assert.True(traces.Live().Count >= 4, "km, guardian, server and plugin");
        Assert.Equal(0, await km.FinishAsync());

        // The host puts everything away and ends, a moment after the session.
        await traces.AreGoneAsync();
        Assert.Equal("shutdown", traces.Workspace.Record("plain")[^1].GetProperty("call").GetString());
    }

    private static bool Fails(KmProcess km)
    {
        try
        {
            km.Input.WriteByte((byte)'\n');
            km.Input.Flush();
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static async Task<byte[]> ReadAllAsync(KmProcess km)
    {
        var output = new MemoryStream();
        await km
            .Output.CopyToAsync(output, TestContext.Current.CancellationToken)
            .WaitAsync(Wait.Limit, TestContext.Current.CancellationToken);
        return output.ToArray();
    }
}
