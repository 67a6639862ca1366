using System.Text.Json;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Sharing;

/// <summary>One process of a plugin serves all sessions of a user.</summary>
public sealed class SharedProcessTests : IDisposable
{
    private readonly KmHomeFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData(2)]
    [InlineData(10)]
    public async Task Sessions_share_one_process_and_each_terminal_shows_its_own_lines(int count)
    {
        await InstallAsync();
        var sessions = await StartAsync(count);
        Assert.Single((await PluginsOfAsync(sessions)).Distinct());

        // At the same time, so that the process has all of them in its hands at once.
        await Task.WhenAll(sessions.Select((session, number) => session.EchoAsync(number * 100, 20)));
        for (var number = 0; number < count; number++)
            await sessions[number].SaysAsync($"← tools/call echo ok id={(number * 100) + 19} ");
        await Task.WhenAll(sessions.Select(session => session.EndAsync()));
        for (var number = 0; number < count; number++)
            Assert.Equal(Ids(number * 100, 20), IdsShown(sessions[number]));

        Assert.Single(_home.Audit, record => Event(record) == "plugin.launch");
        await Wait.ForAsync(() => Ended().Count == count, "every session to record its end");
        Assert.All(Ended(), record =>
            Assert.StartsWith("1.0.0 ", record.GetProperty("data").Text("plugin.console-logger"), StringComparison.Ordinal)
        );
        await DisposeAsync(sessions);

        List<JsonElement> Ended() => [.. _home.AuditWithSessions.Where(record => Event(record) == "session.ended")];
    }

    [Fact]
    public async Task A_session_that_ends_disturbs_no_other_and_the_last_one_ends_the_process()
    {
        await InstallAsync();
        var sessions = await StartAsync(3);
        var plugin = (await PluginsOfAsync(sessions))[0];
        await sessions[0].EchoAsync(0, 5);
        await sessions[0].EndAsync();
        Assert.Equal(Ids(0, 5), IdsShown(sessions[0]));
        sessions[1].Signal(PosixSignalNumber.Kill);
        await sessions[2].EchoAsync(200, 5);
        await sessions[2].SaysAsync("← tools/call echo ok id=204 ");
        Assert.True(Processes.IsAlive(plugin));

        await using var late = Monitor(3);
        await late.SaysAsync("✓ console-logger v1.0.0");
        await late.EchoAsync(300, 5);
        await late.EndAsync();
        Assert.Equal(Ids(300, 5), IdsShown(late));
        Assert.True(Processes.IsAlive(plugin));
        await sessions[2].EndAsync();
        await Wait.ForAsync(() => !Processes.IsAlive(plugin), "the process to end with its last session");
        Assert.Single(_home.Audit, record => Event(record) == "plugin.launch");
        await DisposeAsync(sessions);
    }

    [Fact]
    public async Task A_process_killed_under_traffic_is_followed_by_one_and_every_session_gets_everything()
    {
        const int count = 4;
        const int calls = 150;
        await InstallAsync();
        var sessions = await StartAsync(count);
        var plugin = (await PluginsOfAsync(sessions))[0];
        var traffic = sessions.Select((session, number) => session.EchoAsync(number * 1000, calls)).ToList();
        await sessions[0].SaysAsync(" id=20 ");
        KmProcess.Send(plugin, PosixSignalNumber.Kill);
        await Task.WhenAll(traffic);
        foreach (var session in sessions)
            await session.SaysAsync("console-logger v1.0.0 runs again (restart 1)");
        var next = Assert.Single((await PluginsOfAsync(sessions)).Distinct());
        Assert.NotEqual(plugin, next);
        for (var number = 0; number < count; number++)
            await sessions[number].SaysAsync($"← tools/call echo ok id={(number * 1000) + calls - 1} ");
        await Task.WhenAll(sessions.Select(session => session.EndAsync()));
        for (var number = 0; number < count; number++)
        {
            // What was printed and not acknowledged is printed again: nothing is missing, and nothing is another session's.
            Assert.Equal(Ids(number * 1000, calls), IdsShown(sessions[number]).Distinct());
            Assert.DoesNotContain("dropped (", sessions[number].Errors, StringComparison.Ordinal);
            Assert.DoesNotContain("PLG_RUN_013", sessions[number].Errors, StringComparison.Ordinal);
        }

        Assert.Equal(2, _home.Audit.Count(record => Event(record) == "plugin.launch"));
        await DisposeAsync(sessions);
    }

    [Fact]
    public async Task A_policy_gives_each_session_a_process_of_its_own()
    {
        await InstallAsync();
        await File.WriteAllTextAsync(
            Path.Combine(Directory.CreateDirectory(Path.Combine(_home.Path, "config")).FullName, "policy.json"),
            """{ "version": 1, "isolation": { "plugin-process": "session" } }""",
            TestContext.Current.CancellationToken
        );
        var sessions = await StartAsync(2);
        Assert.Equal(2, (await PluginsOfAsync(sessions)).Distinct().Count());
        await Task.WhenAll(sessions.Select((session, number) => session.EchoAsync(number * 100, 5)));
        await Task.WhenAll(sessions.Select(session => session.EndAsync()));
        for (var number = 0; number < sessions.Count; number++)
            Assert.Equal(Ids(number * 100, 5), IdsShown(sessions[number]));
        Assert.Equal(2, _home.Audit.Count(record => Event(record) == "plugin.launch"));
        await DisposeAsync(sessions);
    }

    [Fact]
    public async Task Restart_and_disable_reach_all_sessions()
    {
        await InstallAsync();
        var sessions = await StartAsync(3);
        var plugin = (await PluginsOfAsync(sessions))[0];
        Assert.Equal(0, (await _home.RunAsync("plugins", "restart", "console-logger")).Status);
        await Wait.ForAsync(() => !Processes.IsAlive(plugin), "the first process to end");
        var next = Assert.Single((await PluginsOfAsync(sessions)).Distinct());
        await Task.WhenAll(sessions.Select((session, number) => session.EchoAsync(number * 100, 5)));
        for (var number = 0; number < sessions.Count; number++)
            await sessions[number].SaysAsync($"← tools/call echo ok id={(number * 100) + 4} ");
        Assert.Equal(0, (await _home.RunAsync("plugins", "disable", "console-logger")).Status);
        await Wait.ForAsync(() => !Processes.IsAlive(next), "the second process to end");
        await Task.WhenAll(sessions.Select(session => session.EndAsync()));
        await DisposeAsync(sessions);
    }

    [Fact]
    public async Task A_host_and_a_plugin_that_come_to_rest_give_the_pages_of_their_programs_back_and_work_on()
    {
        Assert.SkipUnless(Programs.ArePublished, "only of a native program all code is its own");
        await InstallAsync();
        await using var session = Monitor(0);
        await session.SaysAsync("✓ console-logger v1.0.0");
        await session.EchoAsync(0, 5);

        // Half of them is the system's libraries, and a kernel maps much around what is needed again. Nothing else makes them fewer.
        int[] processes = [Processes.HostOf(session)!.Value, .. await PluginsOfAsync([session])];
        var (peaks, now) = (processes.Select(Pages).ToArray(), new int[processes.Length]);
        var fell = new bool[processes.Length];
        await Wait.ForAsync(
            () =>
            {
                for (var i = 0; i < processes.Length; i++)
                {
                    now[i] = Pages(processes[i]);
                    peaks[i] = Math.Max(peaks[i], now[i]);
                    fell[i] |= 9 * peaks[i] > 10 * now[i];
                }

                return fell.All(one => one);
            },
            () => $"pages to be given back: {string.Join(", ", now)} kB now, {string.Join(", ", peaks)} kB at most"
        );

        await session.EchoAsync(100, 5);
        await session.EndAsync();
        Assert.Equal([.. Ids(0, 5), .. Ids(100, 5)], IdsShown(session));
    }

    /// <summary>How many kB of files a process has mapped into its memory.</summary>
    private static int Pages(int process) =>
        int.Parse(
            File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("RssFile:", StringComparison.Ordinal))[8..^3],
            System.Globalization.CultureInfo.InvariantCulture
        );

    private static IEnumerable<int> Ids(int first, int count) => Enumerable.Range(first, count);

    /// <summary>The ids of the answers that a session's terminal shows, in order.</summary>
    private static IEnumerable<int> IdsShown(KmProcess session) =>
        session
            .Errors.Split('\n')
            .Where(line => line.Contains("← tools/call echo ok id=", StringComparison.Ordinal))
            .Select(line => int.Parse(line.Split("id=")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture));

    private static string Event(JsonElement record) => record.Text("event");

    private static async Task DisposeAsync(IEnumerable<KmProcess> sessions)
    {
        foreach (var session in sessions)
            await session.DisposeAsync();
    }

    private async Task InstallAsync()
    {
        var (status, _, errors) = await _home.RunAsync("plugins", "install", _home.ConsoleLogger(), "--yes");
        Assert.True(status == 0, errors);
    }

    private KmProcess Monitor(int number) =>
        KmProcess.Start(
            Programs.Km,
            ["monitor", "--name", $"server-{number}", "--server", "--", .. Conversation.Server],
            _home.Environment.ToDictionary()
        );

    private async Task<List<KmProcess>> StartAsync(int count)
    {
        var sessions = Enumerable.Range(0, count).Select(Monitor).ToList();
        foreach (var session in sessions)
            await session.SaysAsync("✓ console-logger v1.0.0");
        return sessions;
    }

    /// <summary>The plugin's process in each session, as the sessions report it; waits until all of them do.</summary>
    private async Task<List<int>> PluginsOfAsync(List<KmProcess> sessions)
    {
        List<int> found = [];
        await Wait.ForAsync(
            async () =>
            {
                var (_, output, _) = await _home.RunAsync("plugins", "status", "--running", "--json");
                var reports = JsonElement.Parse(output).GetProperty("sessions").EnumerateArray().ToList();
                found = [.. sessions.Select(session => PluginOf(session, reports)).OfType<int>()];
                return found.Count == sessions.Count;
            },
            "every session to report its plugin's process"
        );
        return found;
    }

    private static int? PluginOf(KmProcess session, IEnumerable<JsonElement> reports)
    {
        var own = reports.SingleOrDefault(one => one.GetProperty("pid").GetInt32() == session.Id);
        return
            own.ValueKind == JsonValueKind.Object
            && own.TryGetProperty("plugins", out var plugins)
            && plugins.EnumerateArray().Single().TryGetProperty("pid", out var process)
            ? process.GetInt32()
            : null;
    }
}
