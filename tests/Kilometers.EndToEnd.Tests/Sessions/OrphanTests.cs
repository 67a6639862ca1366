using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Sessions;

/// <summary>Nothing stays behind, whichever process dies first.</summary>
public sealed class OrphanTests
{
    [Theory]
    [InlineData("")]
    [InlineData("keep-stdout")]
    public async Task When_km_is_killed_nothing_stays_behind(string option)
    {
        using var traces = new Traces();
        var pids = traces.Workspace.File("pids");
        var plugin = traces.Workspace.TestPlugin("recorder");
        string[] server = [Programs.TestMcpServer, "grandchild", pids, .. option.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        await using var km = KmProcess.Monitor(["--dev-plugin", plugin], server, traces.Environment);
        await Wait.ForAsync(() => File.Exists(pids), "the grandchildren");
        await Wait.ForAsync(() => traces.Workspace.Record("recorder").Count >= 2, "the plugin");
        var grandchildren = (await File.ReadAllLinesAsync(pids, TestContext.Current.CancellationToken)).Select(int.Parse).ToList();
        var pluginId = traces.Workspace.Record("recorder")[0].GetProperty("pid").GetInt32();
        await traces.GuardianLooksAsync();
        var live = traces.Live();
        Assert.Equal(3, grandchildren.Count);
        Assert.All([km.Id, pluginId, await traces.GuardianAsync(), .. grandchildren], id => Assert.Contains(id, live));
        Assert.Single(traces.RunDirectories);

        km.Signal(PosixSignalNumber.Kill);
        Assert.Equal(137, await km.ExitAsync());
        await traces.AreGoneAsync();
    }

    [Fact]
    public async Task When_km_is_killed_only_its_own_folder_is_deleted_whatever_its_path()
    {
        using var traces = new Traces();
        var precious = traces.Workspace.File("precious");
        var folder = Directory.CreateDirectory(precious + "\ntmp").FullName;
        Directory.CreateDirectory(precious);
        await File.WriteAllTextAsync(Path.Combine(precious, "file"), "data", TestContext.Current.CancellationToken);
        var plugin = traces.Workspace.TestPlugin("recorder");
        await using var km = KmProcess.Monitor(
            ["--dev-plugin", plugin],
            [Programs.TestMcpServer, "jsonrpc"],
            new Dictionary<string, string> { ["XDG_RUNTIME_DIR"] = "", ["TMPDIR"] = folder }
        );
        await Wait.ForAsync(() => traces.Workspace.Record("recorder").Count >= 1, "the plugin");
        km.Signal(PosixSignalNumber.Kill);
        await Wait.ForAsync(() => traces.Live().Count == 0, "the guardian to have done its work");
        Assert.Empty(Directory.GetFileSystemEntries(folder, "km-*"));
        Assert.True(File.Exists(Path.Combine(precious, "file")));
    }

    [Fact]
    public async Task When_km_is_killed_a_server_that_ignores_everything_behind_a_shell_ends()
    {
        using var traces = new Traces();
        await using var km = KmProcess.Monitor([], ["sh", "-c", "\"$0\" ignore-all; true", Programs.TestMcpServer], traces.Environment);
        await km.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"ping"}""");
        Assert.NotNull(await km.ReadLineAsync());
        await traces.GuardianAsync();
        km.Signal(PosixSignalNumber.Kill);
        await traces.AreGoneAsync();
    }

    [Fact]
    public async Task When_the_server_was_already_killed_its_daemons_still_end_with_km()
    {
        using var traces = new Traces();
        var pids = traces.Workspace.File("pids");
        await using var km = KmProcess.Monitor([], [Programs.TestMcpServer, "grandchild", pids], traces.Environment);
        await Wait.ForAsync(() => File.Exists(pids), "the grandchildren");
        var server = Processes
            .DescendantsOf(km.Id)
            .First(id => File.ReadAllText($"/proc/{id}/cmdline").Contains("grandchild", StringComparison.Ordinal));
        KmProcess.Send(server, PosixSignalNumber.Kill);
        Assert.Equal(137, await km.ExitAsync());
        await traces.AreGoneAsync();
    }

    [Fact]
    public async Task When_the_guardian_is_killed_the_session_goes_on()
    {
        using var traces = new Traces();
        await using var km = KmProcess.Monitor([], [Programs.TestMcpServer, "jsonrpc"], traces.Environment);
        var guardian = await traces.GuardianAsync();
        KmProcess.Send(guardian, PosixSignalNumber.Kill);
        await Wait.ForAsync(() => !Processes.IsAlive(guardian), "the guardian to end");
        await km.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"ping"}""");
        Assert.NotNull(await km.ReadLineAsync());
        Assert.Equal(0, await km.FinishAsync());
        await traces.AreGoneAsync();
    }

    [Theory]
    [InlineData("ignore-eof", 143)]
    [InlineData("ignore-all", 137)]
    public async Task A_server_that_ignores_EOF_ends_when_its_client_has_died(string mode, int code)
    {
        using var traces = new Traces();
        await using var km = KmProcess.Monitor([], [Programs.TestMcpServer, mode], traces.Environment);
        await km.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"ping"}""");
        Assert.NotNull(await km.ReadLineAsync());
        km.CloseInput();
        km.CloseOutput();
        Assert.Equal(code, await km.ExitAsync());
        await traces.AreGoneAsync();
    }

    [Fact]
    public async Task A_server_still_answers_a_client_that_only_closed_its_input()
    {
        await using var km = KmProcess.Monitor([], [Programs.TestMcpServer, "jsonrpc"]);
        await km.SendAsync("""{"jsonrpc":"2.0","id":"late","method":"tools/call","params":{"name":"sleep","arguments":{"ms":4500}}}""");
        km.CloseInput();
        Assert.Contains("slept 4500 ms", await km.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await km.FinishAsync());
    }
}
