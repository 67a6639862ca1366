using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Control;

/// <summary><c>km plugins status</c> over running sessions.</summary>
public sealed class StatusTests : IAsyncDisposable
{
    private readonly SessionsOfOneUser _user = new();

    public ValueTask DisposeAsync() => _user.DisposeAsync();

    [Fact]
    public async Task Two_running_sessions_are_shown_with_what_their_plugins_do()
    {
        var files = await _user.StartAsync("files", "alpha");
        var mail = await _user.StartAsync("mail", "beta");
        await files.EchoAsync(1, 20);
        await _user.Workspace.SeenAsync("alpha", 40);

        var sessions = await _user.StatusAsync();
        Assert.Equal(["files", "mail"], sessions.Keys.Order());
        Assert.Equal(
            (files.Id, mail.Id),
            (sessions["files"].GetProperty("pid").GetInt32(), sessions["mail"].GetProperty("pid").GetInt32())
        );
        var plugin = Assert.Single(sessions["files"].GetProperty("plugins").EnumerateArray());
        Assert.Equal(("alpha", "Active", "not needed"), (plugin.Text("name"), plugin.Text("state"), plugin.Text("entitlement")));
        Assert.Equal(
            ["Loading", "Authenticating", "Active"],
            plugin.GetProperty("history").EnumerateArray().Select(change => change.Text("state")).TakeLast(3)
        );
        Assert.Contains(plugin.GetProperty("pid").GetInt32(), Processes.DescendantsOf(files.Id));
        Assert.Equal(0, plugin.GetProperty("restarts").GetInt32());
        Assert.InRange(plugin.GetProperty("queue").GetProperty("delivered").GetInt64(), 40, 45);
        Assert.Equal(0, plugin.GetProperty("queue").GetProperty("dropped").GetInt64());
        Assert.InRange(plugin.GetProperty("handler").GetProperty("p99").GetDouble(), 0.001, 60_000);
        Assert.InRange(plugin.GetProperty("resources").GetProperty("memoryBytes").GetInt64(), 1, long.MaxValue);
        Assert.InRange(plugin.GetProperty("resources").GetProperty("openFiles").GetInt32(), 3, 10_000);

        var (status, table, _) = await _user.Home.RunAsync("plugins", "status");
        Assert.Equal(0, status);
        Assert.Matches(@"Session files: km \d+, since \d\d:\d\d:\d\d", table);
        Assert.Matches(@"PLUGIN +STATE +PID", table);
        Assert.Matches(@"beta \d\S* +Active +\d+", table);
        Assert.DoesNotContain('\u001b', table);

        var (_, one, _) = await _user.Home.RunAsync("plugins", "status", "alpha");
        Assert.Matches(@"history +.*Active \d\d:\d\d:\d\d", one);
        Assert.DoesNotContain("beta", one, StringComparison.Ordinal);
        Assert.Equal(1, (await _user.Home.RunAsync("plugins", "status", "nobody")).Status);

        await files.EndAsync();
        await Wait.ForAsync(async () => (await _user.StatusAsync()).Keys.SequenceEqual(["mail"]), "the host to let go of the session");
        Assert.Null(_user.SocketOf(files));
    }

    [Fact]
    public async Task The_JSON_has_the_members_that_are_documented()
    {
        var km = await _user.StartAsync("files", "alpha");
        await km.EchoAsync(1, 5);
        await _user.Workspace.SeenAsync("alpha", 10);

        // A rate is known from the second look on.
        JsonElement session = default;
        await Wait.ForAsync(
            () =>
            {
                session = _user.StatusAsync().GetAwaiter().GetResult()["files"];
                return session.GetProperty("plugins")[0].GetProperty("queue").TryGetProperty("deliveredPerSecond", out _);
            },
            "a rate"
        );
        Assert.Empty(
            Names(session).Except(["pid", "session", "answers", "server", "started", "kmVersion", "entitlement", "decisions", "plugins"])
        );
        Assert.Equal(["loads", "messages"], Names(session.GetProperty("decisions")));
        Assert.Equal(["all", "cached"], Names(session.GetProperty("decisions").GetProperty("loads")).Where(name => name != "hitRate"));
        var plugin = session.GetProperty("plugins")[0];
        Assert.Equal(
            [
                "name",
                "version",
                "tier",
                "state",
                "pid",
                "started",
                "restarts",
                "history",
                "queue",
                "handler",
                "resources",
                "isolation",
                "missingIsolation",
                "limits",
                "entitlement",
            ],
            Names(plugin)
        );
        Assert.Equal(["items", "bytes", "dropped", "delivered", "deliveredPerSecond"], Names(plugin.GetProperty("queue")));
        Assert.Equal(["p50", "p99"], Names(plugin.GetProperty("handler")));
        Assert.Empty(new[] { "cpuSeconds", "memoryBytes", "openFiles", "threads" }.Except(Names(plugin.GetProperty("resources"))));
        Assert.Equal("L0", plugin.GetProperty("isolation")[0].GetString());
        Assert.Equal(["at", "state"], Names(plugin.GetProperty("history")[0]));

        var all = JsonElement.Parse((await _user.Home.RunAsync("plugins", "status", "--json")).Output);
        Assert.Equal(["version", "at", "installed", "sessions"], Names(all));
        Assert.Equal(1, all.GetProperty("version").GetInt32());
    }

    [Fact]
    public async Task Watching_on_a_pipe_prints_a_block_for_each_look_until_it_is_interrupted()
    {
        await _user.StartAsync("files", "alpha");
        await using var watch = KmProcess.Start(Programs.Km, ["plugins", "status", "--watch", "--interval", "0.2"], _user.Home.Environment);
        for (var block = 0; block < 3; block++)
        {
            Assert.StartsWith("km plugins status, ", await watch.ReadLineAsync(), StringComparison.Ordinal);
            Assert.Equal("", await watch.ReadLineAsync());
            Assert.StartsWith("Session ", await watch.ReadLineAsync(), StringComparison.Ordinal);
            while (await watch.ReadLineAsync() is { Length: > 0 }) { }
        }

        watch.Signal(PosixSignalNumber.Interrupt);
        Assert.Equal(0, await watch.FinishAsync());
    }

    [Fact]
    public async Task Watching_as_JSON_prints_one_line_for_each_look()
    {
        var km = await _user.StartAsync("files", "alpha");
        await using var watch = KmProcess.Start(
            Programs.Km,
            ["plugins", "status", "--watch", "--interval", "0.2", "--json"],
            _user.Home.Environment
        );
        for (var line = 0; line < 3; line++)
            Assert.Equal(km.Id, JsonElement.Parse((await watch.ReadLineAsync())!).GetProperty("sessions")[0].GetProperty("pid").GetInt32());
        watch.Signal(PosixSignalNumber.Terminate);
        Assert.Equal(0, await watch.FinishAsync());
    }

    [Fact]
    public async Task Watching_on_a_terminal_writes_over_what_was_there_and_gives_the_screen_back()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "script (util-linux) makes the terminal");
        await _user.StartAsync("files", "alpha");
        var environment = new Dictionary<string, string>(_user.Home.Environment)
        {
            ["TERM"] = "xterm-256color",
            ["NO_COLOR"] = "1",
            ["SHELL"] = "/bin/sh",
        };
        await using var terminal = KmProcess.Start(
            "/usr/bin/script",
            ["-qec", $"stty rows 24 cols 80; exec '{Programs.Km}' plugins status --watch --interval 0.2", "/dev/null"],
            environment
        );
        var seen = new StringBuilder();
        var buffer = new byte[4096];
        while (Count(seen, "\u001b[H") < 3)
            Assert.True(await ReadAsync() > 0, seen.ToString());
        await terminal.SendAsync("\u0003");
        while (await ReadAsync() > 0) { }

        var text = seen.ToString();
        Assert.Equal((1, 1), (Count(seen, "\u001b[?1049h"), Count(seen, "\u001b[?1049l")));
        Assert.EndsWith("\u001b[?25h\u001b[?1049l", text.TrimEnd('\r', '\n'), StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b[2J", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b[1m", text, StringComparison.Ordinal);
        Assert.Equal(0, await terminal.ExitAsync());

        async Task<int> ReadAsync()
        {
            var count = await terminal.Output.ReadAsync(buffer, TestContext.Current.CancellationToken).AsTask().WaitAsync(Wait.Limit);
            seen.Append(Encoding.UTF8.GetString(buffer, 0, count));
            return count;
        }
    }

    [Fact]
    public async Task A_stopped_km_is_shown_as_not_answering_and_holds_up_nobody()
    {
        var stopped = await _user.StartWithOwnHostAsync("files", "alpha");
        await _user.StartAsync("mail", "beta");
        var host = Processes.HostOf(stopped)!.Value;
        stopped.Signal(PosixSignalNumber.Stop);
        KmProcess.Send(host, PosixSignalNumber.Stop);
        var sessions = await _user.StatusAsync(silent: 1);
        Assert.Equal(["mail", stopped.Id.ToString(CultureInfo.InvariantCulture)], sessions.Keys.OrderDescending());
        Assert.Equal("KM_CTL_005", sessions[stopped.Id.ToString(CultureInfo.InvariantCulture)].GetProperty("error").Text("code"));
        Assert.Equal(1, (await _user.Home.RunAsync("plugins", "status", "--running", "--json")).Status);
        Assert.Contains("not answering", (await _user.Home.RunAsync("plugins", "status", "--running")).Output, StringComparison.Ordinal);

        stopped.Signal(PosixSignalNumber.Continue);
        KmProcess.Send(host, PosixSignalNumber.Continue);
        Assert.Equal(["files", "mail"], (await _user.StatusAsync()).Keys.Order());
        await stopped.EchoAsync(1, 10);
        await stopped.EndAsync();
    }

    [Fact]
    public async Task A_killed_km_leaves_no_socket()
    {
        var km = await _user.StartAsync("files");
        var socket = _user.SocketOf(km)!;
        km.Signal(PosixSignalNumber.Kill);
        await Wait.ForAsync(() => !File.Exists(socket), "the host to take the socket away");
        Processes.WaitForHostsOf(_user.Home.Path);

        // Without a host and its guardian, who looks next does it.
        km = await _user.StartAsync("mail");
        socket = _user.SocketOf(km)!;
        var guardian = Processes
            .DescendantsOf(km.Id)
            .Single(id => File.ReadAllText($"/proc/{id}/cmdline").Contains("__guard", StringComparison.Ordinal));
        KmProcess.Send(guardian, PosixSignalNumber.Kill);
        await Wait.ForAsync(() => !Processes.IsAlive(guardian), "the guardian's end");
        var host = Processes.HostOf(km)!.Value;
        km.Signal(PosixSignalNumber.Kill);
        KmProcess.Send(host, PosixSignalNumber.Kill);
        await km.ExitAsync();
        await Wait.ForAsync(() => !Processes.IsAlive(host), "the host's end");
        Assert.True(File.Exists(socket));
        Assert.Empty(await _user.StatusAsync());
        Assert.False(File.Exists(socket));

        // The host's own, by the next one; even if that has other settings, and thus another address.
        var left = Path.Combine(_user.Sockets, "host-0000000000000000.sock");
        File.Move(Assert.Single(Directory.GetFiles(_user.Sockets, "*.sock")), left);
        await _user.StartAsync("files");
        Assert.False(File.Exists(left));
    }

    [Fact]
    public async Task Fifty_questions_at_once_are_answered_while_the_session_goes_on()
    {
        var km = await _user.StartAsync("files", "alpha");
        var socket = _user.SocketOf(km)!;
        var asking = Enumerable.Range(0, 50).Select(_ => Task.Run(() => Ask(socket, "{\"version\":1,\"command\":\"status\"}\n"))).ToList();
        await km.EchoAsync(1, 100);
        Assert.All(await Task.WhenAll(asking), answer =>
            Assert.Equal("files", JsonElement.Parse(answer).GetProperty("session").Text("server"))
        );

        // Rubbish, half a line, far too much, and nothing at all.
        var rude = new[] { "\u0000\u0001rubbish\n", "{\"version\":1", new string('x', 1 << 20), "" }
            .Select(text => Task.Run(() => Ask(socket, text)))
            .ToList();
        await km.EchoAsync(101, 100);
        await Task.WhenAll(rude);
        Assert.Single(await _user.StatusAsync());
        await km.EndAsync();
    }

    [Fact]
    public async Task A_session_that_cannot_have_a_socket_says_so_once_and_goes_on()
    {
        Modes.Folder(_user.Home.Path);
        await File.WriteAllTextAsync(_user.Sockets, "in the way", TestContext.Current.CancellationToken);
        var km = _user.Monitor("files", Conversation.Server, []);
        await km.SaysAsync("[KM_CTL_001]");
        await km.EchoAsync(1, 10);
        await km.EndAsync();
        Assert.Equal(2, km.Errors.Split("KM_CTL_001").Length);
        File.Delete(_user.Sockets);
    }

    private static string Ask(string path, string text)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(path));
        using var stream = new NetworkStream(socket);
        try
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
            return new StreamReader(stream).ReadToEnd();
        }
        catch (IOException)
        {
            // It was cut off in the middle of too much.
            return "";
        }
    }

    private static IEnumerable<string> Names(JsonElement element) => element.EnumerateObject().Select(member => member.Name);

    private static int Count(StringBuilder text, string part) => text.ToString().Split(part).Length - 1;
}
