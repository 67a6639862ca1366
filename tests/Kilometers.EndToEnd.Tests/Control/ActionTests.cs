using System.Text.Json;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Control;

/// <summary><c>km plugins enable|disable|restart</c> over running sessions.</summary>
public sealed class ActionTests : IAsyncDisposable
{
    private readonly SessionsOfOneUser _user = new();

    public ValueTask DisposeAsync() => _user.DisposeAsync();

    [Fact]
    public async Task A_plugin_is_disabled_enabled_and_restarted_while_the_sessions_bytes_stay_exact()
    {
        var km = await _user.StartAsync("files", "alpha", "beta");
        await km.EchoAsync(1, 20);
        await _user.Workspace.SeenAsync("alpha", 40);
        var first = (await _user.PluginAsync("files", "alpha")).GetProperty("pid").GetInt32();

        var disabling = _user.ActAsync(0, "disable", "alpha");
        await km.EchoAsync(21, 50);
        var disabled = await disabling;
        Assert.Equal(
            ("disable", "done"),
            (disabled.Text("action"), Assert.Single(disabled.GetProperty("sessions").EnumerateArray()).Text("outcome"))
        );
        Assert.False(Processes.IsAlive(first));
        var state = await _user.PluginAsync("files", "alpha");
        Assert.Equal(("Disabled", false), (state.Text("state"), state.TryGetProperty("pid", out _)));
        await km.EchoAsync(71, 10);
        Assert.Equal("KM_CTL_007", Outcome(await _user.ActAsync(1, "restart", "alpha")).GetProperty("error").Text("code"));

        var enabling = _user.ActAsync(0, "enable", "alpha");
        await km.EchoAsync(81, 50);
        Assert.Equal("done", Outcome(await enabling).Text("outcome"));
        var second = (await _user.PluginAsync("files", "alpha")).GetProperty("pid").GetInt32();
        await km.EchoAsync(131, 5);
        await Wait.ForAsync(
            () => _user.Workspace.Messages("alpha").Any(message => message.Text("payload").Contains("text 135", StringComparison.Ordinal)),
            "messages after it was enabled"
        );

        var restarting = _user.ActAsync(0, "restart", "alpha", "--server", "files");
        await km.EchoAsync(136, 50);
        Assert.Equal("done", Outcome(await restarting).Text("outcome"));
        var third = await _user.PluginAsync("files", "alpha");
        Assert.NotEqual(second, third.GetProperty("pid").GetInt32());
        Assert.False(Processes.IsAlive(second));

        // The other plugin saw it all, and the acting session wrote down who asked for what.
        await _user.Workspace.SeenAsync("beta", 2 * 185);
        await km.EndAsync();
        Assert.Equal(2 * 185, _user.Workspace.Messages("beta").Count);
        var records = _user.Home.Audit.Where(record => record.Text("event") == "plugin.control").ToList();
        Assert.Equal(
            ["disable allowed ", "restart denied KM_CTL_007", "enable allowed ", "restart allowed "],
            records.Select(record =>
                $"{record.Text("detail").Split(',')[0]} {record.Text("decision")} {record.Text("code", otherwise: "")}"
            )
        );
        Assert.All(records, record => Assert.Matches(@"^\w+, requested by process \d+ of user \d+$", record.Text("detail")));
        Assert.Single(records.Select(record => record.Text("session")).Distinct());
    }

    [Fact]
    public async Task A_disabled_plugin_stays_disabled_in_sessions_to_come_until_it_is_enabled()
    {
        Assert.Equal(0, (await _user.Home.RunAsync("plugins", "install", _user.Home.ConsoleLogger(), "--yes")).Status);
        var disabled = await _user.ActAsync(0, "disable", "console-logger");
        Assert.Equal((true, 0), (disabled.GetProperty("remembered").GetBoolean(), disabled.GetProperty("sessions").GetArrayLength()));
        Assert.False((await _user.ActAsync(0, "disable", "console-logger")).GetProperty("remembered").GetBoolean());
        Assert.Matches(@"console-logger +1\.0\.0 +Free +disabled", (await _user.Home.RunAsync("plugins", "list")).Output);
        Assert.Contains(
            "km plugins enable console-logger",
            (await _user.Home.RunAsync("plugins", "status", "console-logger")).Output,
            StringComparison.Ordinal
        );

        var km = await _user.StartAsync("files", "alpha");
        await km.EchoAsync(1, 5);
        Assert.Equal("Disabled", (await _user.PluginAsync("files", "console-logger")).Text("state"));
        Assert.DoesNotContain("console-logger v1.0.0", km.Errors, StringComparison.Ordinal);

        // It begins in the running session, too, with what comes from now on.
        Assert.Equal("done", Outcome(await _user.ActAsync(0, "enable", "console-logger")).Text("outcome"));
        await km.EchoAsync(6, 1);
        await km.SaysAsync("tools/call");
        Assert.Matches(@"console-logger +1\.0\.0 +Free +ready", (await _user.Home.RunAsync("plugins", "list")).Output);
        await km.EndAsync();
        Assert.DoesNotContain("console-logger: ", km.Errors, StringComparison.Ordinal);
        Assert.Equal(
            ["plugin.disabled", "plugin.enabled"],
            _user.Home.Audit.Select(record => record.Text("event")).Where(name => name is "plugin.disabled" or "plugin.enabled")
        );
    }

    [Fact]
    public async Task Only_the_sessions_that_are_named_are_concerned_and_nothing_is_remembered()
    {
        var files = await _user.StartAsync("files", "alpha");
        await _user.StartAsync("mail", "beta");
        var session = (await _user.StatusAsync())["files"].Text("session");
        var outcome = Outcome(await _user.ActAsync(0, "disable", "alpha", "--session", session[..20]));
        Assert.Equal(("done", "files", session), (outcome.Text("outcome"), outcome.Text("server"), outcome.Text("session")));
        Assert.Equal("no such plugin", Outcome(await _user.ActAsync(1, "restart", "beta", "--server", "files")).Text("outcome"));
        await _user.ActAsync(1, "disable", "alpha", "--server", "nowhere");
        Assert.Contains(
            "KM_CTL_006",
            (await _user.Home.RunAsync("plugins", "restart", "beta", "--server", "nowhere")).Errors,
            StringComparison.Ordinal
        );
        Assert.Contains("PLG_INS_001", (await _user.Home.RunAsync("plugins", "disable", "nobody")).Errors, StringComparison.Ordinal);
        Assert.Equal("Active", (await _user.PluginAsync("mail", "beta")).Text("state"));
        Assert.False(Directory.Exists(Path.Combine(_user.Home.Path, "config", "disabled")));
        await files.EchoAsync(1, 5);
        await files.EndAsync();
    }

    [Fact]
    public async Task Another_user_is_refused()
    {
        Assert.SkipUnless(
            Environment.IsPrivilegedProcess && File.Exists("/usr/bin/setpriv") && File.Exists("/usr/bin/perl"),
            "only root can be another user"
        );
        var km = await _user.StartAsync("files", "alpha");
        var socket = _user.SocketOf(km)!;
        Assert.Contains("Permission denied", await AskAsAnotherUserAsync(), StringComparison.Ordinal);

        // Where somebody opened the directory and the socket, km still asks the system who is there.
        foreach (var folder in new[] { Path.GetDirectoryName(_user.Home.Path)!, _user.Home.Path, _user.Sockets })
            Modes.Set(folder, Modes.Mine | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        Modes.Set(socket, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite);
        var answer = JsonElement.Parse(await AskAsAnotherUserAsync());
        Assert.Equal(("KM_CTL_004", false), (answer.GetProperty("error").Text("code"), answer.TryGetProperty("session", out _)));
        Assert.Equal("Active", (await _user.PluginAsync("files", "alpha")).Text("state"));

        async Task<string> AskAsAnotherUserAsync()
        {
            const string Program =
                """$s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or do { print "$!"; exit }; print $s qq({"version":1,"command":"disable","plugin":"alpha"}\n); $s->flush; print <$s>;""";
            await using var perl = KmProcess.Start(
                "/usr/bin/setpriv",
                ["--reuid=65534", "--regid=65534", "--clear-groups", "/usr/bin/perl", "-MIO::Socket::UNIX", "-e", Program, socket],
                directory: "/"
            );
            var output = await new StreamReader(perl.Output).ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(Wait.Limit);
            await perl.ExitAsync();
            return output + perl.Errors;
        }
    }

    [Fact]
    public async Task A_command_below_a_km_does_nothing_at_all()
    {
        Assert.Equal(0, (await _user.Home.RunAsync("plugins", "install", _user.Home.ConsoleLogger(), "--yes")).Status);
        await _user.StartAsync("files", "alpha");
        foreach (
            var command in new[] { "disable alpha", "disable console-logger", "enable console-logger", "restart alpha", "disable nobody" }
        )
        {
            // The very first thing that the server does, and no child of its: it waits for nobody.
            var said = await FirstActAsync($"'{Programs.Km}' plugins {command} --json");
            Assert.Contains("[KM_CTL_004]", said, StringComparison.Ordinal);
            Assert.DoesNotContain("remembered", said, StringComparison.Ordinal);
        }

        Assert.False(Directory.Exists(Path.Combine(_user.Home.Path, "config", "disabled")));
        Assert.Equal(
            ("Active", 0),
            (
                (await _user.PluginAsync("files", "alpha")).Text("state"),
                (await _user.PluginAsync("files", "alpha")).GetProperty("restarts").GetInt32()
            )
        );
        Assert.DoesNotContain(_user.Home.Audit, record => record.Text("event") is "plugin.control" or "plugin.disabled");
    }

    [Fact]
    public async Task A_servers_first_act_is_never_obeyed_by_another_session()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/perl"), "perl is not installed");
        var other = await _user.StartAsync("files", "alpha");
        var socket = _user.SocketOf(other)!;

        // It speaks the protocol itself, at once: its own km may not even have a socket yet.
        const string Program =
            """use IO::Socket::UNIX; $s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die; print $s qq({"version":1,"command":"disable","plugin":"alpha"}\n); $s->flush; print STDERR <$s>;""";
        for (var round = 0; round < 10; round++)
        {
            var tries = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => FirstActAsync($"perl -e '{Program}' '{socket}'")));
            Assert.All(tries, said => Assert.Contains("KM_CTL_004", said, StringComparison.Ordinal));
        }

        Assert.Equal("Active", (await _user.PluginAsync("files", "alpha")).Text("state"));
    }

    /// <summary>Monitors a server that begins with a command.</summary>
    /// <returns>What the command wrote.</returns>
    private async Task<string> FirstActAsync(string command)
    {
        var said = _user.Workspace.File(Guid.NewGuid().ToString("N"));
        await using var km = KmProcess.Monitor(
            ["--name", "shell"],
            ["/bin/sh", "-c", $"{command} > '{said}' 2>&1"],
            _user.Home.Environment
        );
        km.CloseInput();
        await km.ExitAsync();
        return await File.ReadAllTextAsync(said, TestContext.Current.CancellationToken);
    }

    private static JsonElement Outcome(JsonElement report) => Assert.Single(report.GetProperty("sessions").EnumerateArray());
}
