using System.Diagnostics;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Policies;

/// <summary>The administrator's policy stands above the user's, and may require plugins: without them no server is started.</summary>
public sealed class AdministratorTests : IDisposable
{
    private const string Requires = """{"version": 1, "plugins": {"require": ["console-logger"]}}""";
    private readonly KmHomeFolder _home = new();

    public void Dispose() => _home.Dispose();

    /// <summary>A file that the server makes when it is started.</summary>
    private string Server => _home.File("server");

    [Fact]
    public async Task A_user_cannot_loosen_what_the_administrator_decided_by_any_file_or_variable()
    {
        using var administrator = Administrator.With("""{"version": 1, "plugins": {"deny": ["forged"]}}""");
        Assert.Equal(0, (await _home.RunAsync("plugins", "install", _home.Package(), "--yes")).Status);
        await UserDecidesAsync("""{"version": 1, "plugins": {"allow": ["forged"], "deny": []}}""");
        var (status, _, errors) = await administrator.RunAsync(_home, "plugins", "install", _home.Package(), "--yes");
        Assert.Equal(1, status);
        Assert.Contains("Decided by /etc/km/policy.json", errors, StringComparison.Ordinal);

        await using var km = administrator.Monitor(_home, [], "cat");
        await km.SaysAsync("[PLG_POL_001]");
        Assert.Equal(0, await km.FinishAsync());
        _home.AssertNothingStarted(km.Errors);
    }

    [Fact]
    public async Task A_user_can_tighten_what_the_administrator_allows()
    {
        using var administrator = Administrator.With("""{"version": 1, "plugins": {"allow": ["forged"]}}""");
        Assert.Equal(0, (await administrator.RunAsync(_home, "plugins", "install", _home.Package(), "--yes")).Status);
        await UserDecidesAsync("""{"version": 1, "plugins": {"allow": []}}""");
        Assert.Contains("refused PLG_POL_001", (await administrator.RunAsync(_home, "plugins", "list")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"version\": 1,\n  \"plugins\": {\"requires\": []}}", "CFG_POL_001", "/etc/km/policy.json, line 2, column 15: ")]
    [InlineData("writable", "CFG_POL_002", "Other users may write to it")]
    public async Task Under_a_broken_policy_of_the_administrators_no_server_is_started(string policy, string code, string why)
    {
        using var administrator = Administrator.With(policy == "writable" ? Requires : policy);
        if (policy == "writable")
            Modes.Set(administrator.Policy, Modes.Mine | UnixFileMode.OtherWrite);
        await AssertNotStartedAsync(administrator, [], code, why);
        var record = Assert.Single(_home.Audit);
        Assert.Equal(("session.denied", "denied", code), (Text(record, "event"), Text(record, "decision"), Text(record, "code")));
        Assert.Contains(
            $"[{code}]",
            (await administrator.RunAsync(_home, "plugins", "install", _home.Package(), "--yes")).Errors,
            StringComparison.Ordinal
        );
        Assert.Equal(2, _home.Audit.Count);
    }

    [Fact]
    public async Task Without_a_required_plugin_no_server_is_started()
    {
        using var administrator = Administrator.With(Requires);
        await AssertNotStartedAsync(administrator, [], "PLG_POL_007", "console-logger: there is no such plugin here");
        var record = Assert.Single(_home.Audit);
        Assert.Equal(
            ("session.denied", "denied", "console-logger"),
            (Text(record, "event"), Text(record, "decision"), Text(record, "plugin"))
        );
    }

    [Fact]
    public async Task A_required_plugin_that_is_refused_or_of_another_version_or_left_out_starts_no_server()
    {
        await InstallAsync();
        using var administrator = Administrator.With(
            """{"version": 1, "plugins": {"require": [{"name": "console-logger", "from": "2.0.0"}]}}"""
        );
        await AssertNotStartedAsync(administrator, [], "PLG_POL_007", "console-logger from 2.0.0: another version of it is installed");
        administrator.Write(Requires);
        await AssertNotStartedAsync(administrator, ["--no-plugins"], "PLG_POL_007", "there is no such plugin here");
        await UserDecidesAsync("""{"version": 1, "plugins": {"deny": ["console-logger"]}}""");
        await AssertNotStartedAsync(administrator, [], "PLG_POL_007", "[PLG_POL_001]");
    }

    [Fact]
    public async Task A_required_plugin_stays_also_when_the_user_uninstalls_km()
    {
        await InstallAsync();
        using var administrator = Administrator.With(Requires);
        var before = _home.Audit.Count;
        var (status, _, errors) = await administrator.RunAsync(_home, "uninstall", "--yes");
        Assert.Equal(1, status);
        Assert.Contains("PLG_POL_009", errors, StringComparison.Ordinal);
        Assert.Equal(["console-logger.kmpkg"], _home.Plugins);
        Assert.Equal(before, _home.Audit.Count);

        // What only the user's own policy requires goes with that policy.
        administrator.Write("""{"version": 1}""");
        await UserDecidesAsync(Requires);
        Assert.Equal(0, (await administrator.RunAsync(_home, "uninstall", "--yes")).Status);
    }

    [Fact]
    public async Task A_required_plugin_that_fails_starts_no_server_and_leaves_nothing()
    {
        using var administrator = Administrator.With("""{"version": 1, "plugins": {"require": ["forged"]}}""");
        Assert.Equal(0, (await _home.RunAsync("plugins", "install", _home.Package(), "--yes")).Status);
        await AssertNotStartedAsync(administrator, [], "PLG_POL_007", "forged: ");
        Assert.Contains(_home.Audit, record => Text(record, "event") == "plugin.launch" && Text(record, "plugin") == "forged");
        Assert.Single(_home.Audit, record => Text(record, "event") == "session.denied");
    }

    [Fact]
    public async Task What_a_plugin_under_development_calls_itself_fulfils_no_requirement()
    {
        using var administrator = Administrator.With("""{"version": 1, "plugins": {"require": ["test-plugin"]}}""");
        using var workspace = new Workspace();
        string[] options =
        [
            "--dev-plugin",
            workspace.TestPlugin("test-plugin"),
            "--dev-access",
            workspace.Folder,
            "--dev-access",
            Path.GetDirectoryName(Programs.TestPlugin)!,
        ];
        await AssertNotStartedAsync(administrator, options, "PLG_POL_007", "test-plugin: what runs here under that name is unsigned");
    }

    [Fact]
    public async Task The_server_is_started_when_every_required_plugin_runs()
    {
        await InstallAsync();
        using var administrator = Administrator.With(Requires);

        // What the server sees at its start: the plugin's launch is on record.
        await using var km = administrator.Monitor(_home, [], "sh", "-c", $"cp '{_home.Path}/audit/audit.jsonl' '{Server}'; exec cat");
        await km.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"required/seen"}""");
        Assert.Contains("required/seen", await km.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Contains(
            "plugin.launch",
            await File.ReadAllTextAsync(Server, TestContext.Current.CancellationToken),
            StringComparison.Ordinal
        );
        await Wait.ForAsync(() => km.Errors.Split("required/seen").Length > 2, () => $"the plugin to show request and echo: {km.Errors}");
        Assert.Equal(0, await km.FinishAsync());
        Assert.DoesNotContain(_home.Audit, record => Text(record, "decision") == "denied");
    }

    [Fact]
    public async Task A_session_that_loses_a_required_plugin_ends()
    {
        await InstallAsync();
        using var administrator = Administrator.With(Requires);
        await using var km = administrator.Monitor(_home, [], "sh", "-c", $"echo $$ > '{Server}'; exec cat");
        await km.SendAsync("ping");
        Assert.Equal("ping", await km.ReadLineAsync());
        await KillPluginAsync(km, () => km.Errors.Contains("[PLG_POL_008]", StringComparison.Ordinal));
        Assert.Equal(1, await km.ExitAsync());
        Assert.Contains("the session ends [PLG_POL_008]", km.Errors, StringComparison.Ordinal);
        Assert.False(
            Processes.IsAlive(
                int.Parse(
                    await File.ReadAllTextAsync(Server, TestContext.Current.CancellationToken),
                    System.Globalization.CultureInfo.InvariantCulture
                )
            )
        );
        var record = Assert.Single(_home.Audit, record => Text(record, "event") == "session.denied");
        Assert.Equal(("denied", "PLG_POL_008", "console-logger"), (Text(record, "decision"), Text(record, "code"), Text(record, "plugin")));
    }

    [Fact]
    public async Task A_session_that_loses_a_required_plugin_goes_on_where_policy_says_so()
    {
        await InstallAsync();
        using var administrator = Administrator.With(
            """{"version": 1, "plugins": {"require": ["console-logger"], "whenRequiredIsLost": "report"}}"""
        );
        await using var km = administrator.Monitor(_home, [], "cat");
        await km.SendAsync("ping");
        Assert.Equal("ping", await km.ReadLineAsync());
        await KillPluginAsync(km, () => km.Errors.Contains("the session continues without it [PLG_POL_008]", StringComparison.Ordinal));
        await km.SendAsync("pong");
        Assert.Equal("pong", await km.ReadLineAsync());
        Assert.Equal(0, await km.FinishAsync());
        Assert.Single(_home.Audit, record => Text(record, "event") == "session.unobserved");
    }

    [Fact]
    public async Task A_signal_while_required_plugins_start_ends_km_and_them()
    {
        using var administrator = Administrator.With("""{"version": 1, "plugins": {"require": ["forged"]}}""");
        var package = _home.Package(forge => forge.Files[0] = forge.Files[0] with { Content = "#!/bin/sh\nexec sleep 1000\n"u8.ToArray() });
        Assert.Equal(0, (await _home.RunAsync("plugins", "install", package, "--yes")).Status);
        await using var km = administrator.Monitor(_home, [], "touch", Server);
        var plugin = 0;
        await Wait.ForAsync(() => (plugin = Processes.DescendantsOf(km.Id).Find(id => Command(id) == "sleep")) != 0, "the plugin to start");
        km.Signal(PosixSignalNumber.Terminate);
        Assert.Equal(128 + (int)PosixSignalNumber.Terminate, await km.ExitAsync());
        Assert.False(File.Exists(Server));
        await Wait.ForAsync(() => !Processes.IsAlive(plugin), "the plugin to be gone");
    }

    [Fact]
    public async Task A_required_plugin_cannot_be_switched_off_and_one_that_was_before_starts_no_server()
    {
        await InstallAsync();
        using var administrator = Administrator.With("""{"version": 1}""");
        Assert.Equal(0, (await administrator.RunAsync(_home, "plugins", "disable", "console-logger")).Status);
        administrator.Write(Requires);
        await AssertNotStartedAsync(administrator, [], "PLG_POL_007", "it is disabled");
        Assert.Equal(0, (await administrator.RunAsync(_home, "plugins", "enable", "console-logger")).Status);
        await using var km = administrator.Monitor(_home, [], "cat");
        await km.SendAsync("ping");
        Assert.Equal("ping", await km.ReadLineAsync());
        var (status, _, errors) = await administrator.RunAsync(_home, "plugins", "disable", "console-logger");
        Assert.Equal(1, status);
        Assert.Contains("[PLG_POL_009]", errors, StringComparison.Ordinal);
        Assert.Single(_home.Audit, record => Text(record, "code") == "PLG_POL_009");
        Assert.Equal(0, await km.FinishAsync());
    }

    [Fact]
    public async Task Isolation_that_this_machine_does_not_give_refuses_every_plugin()
    {
        await InstallAsync();
        using var administrator = Administrator.With("""{"version": 1, "isolation": {"require": ["L0", "L2"]}}""");
        var list = (await administrator.RunAsync(_home, "plugins", "list")).Output;
        Assert.Contains("refused PLG_POL_004", list, StringComparison.Ordinal);
    }

    private async Task AssertNotStartedAsync(Administrator administrator, string[] options, string code, string why)
    {
        var watch = Stopwatch.StartNew();
        await using var km = administrator.Monitor(_home, options, "touch", Server);
        var status = await km.FinishAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"refused after {watch.ElapsedMilliseconds} ms");
        Assert.Equal(1, status);
        Assert.Contains($"[{code}]", km.Errors, StringComparison.Ordinal);
        Assert.Contains("The server was not started: ", km.Errors, StringComparison.Ordinal);
        Assert.Contains(why, km.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(Server));
        Assert.DoesNotContain(Processes.DescendantsOf(km.Id), id => id != km.Id && Processes.IsAlive(id));
    }

    /// <summary>Kills it each time km restarts it, until it is given up.</summary>
    private static Task KillPluginAsync(KmProcess km, Func<bool> isGivenUp) =>
        Wait.ForAsync(
            () =>
            {
                foreach (var id in Processes.DescendantsOf(km.Id).Where(IsPlugin))
                    KmProcess.Send(id, PosixSignalNumber.Kill);
                return isGivenUp();
            },
            () => $"km to give the plugin up: {km.Errors}"
        );

    private static bool IsPlugin(int id) => Command(id).StartsWith("km-plugin", StringComparison.Ordinal);

    private static string Command(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/comm").TrimEnd('\n');
        }
        catch (IOException)
        {
            return "";
        }
    }

    private async Task InstallAsync()
    {
        var (status, _, errors) = await _home.RunAsync("plugins", "install", _home.ConsoleLogger(), "--yes");
        Assert.True(status == 0, errors);
    }

    private Task UserDecidesAsync(string policy) =>
        File.WriteAllTextAsync(
            Path.Combine(Modes.Folder(Path.Combine(_home.Path, "config")), "policy.json"),
            policy,
            TestContext.Current.CancellationToken
        );

    private static string? Text(System.Text.Json.JsonElement record, string member) =>
        record.TryGetProperty(member, out var value) ? value.GetString() : null;
}
