using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Packages;

/// <summary>An installed, signed plugin in a session.</summary>
public sealed class LaunchTests : IDisposable
{
    private const string Ping = """{"jsonrpc":"2.0","id":1,"method":"ping"}""";
    private readonly KmHomeFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task An_installed_plugin_runs_and_each_step_of_its_life_leaves_exactly_one_record()
    {
        await InstallAsync();
        await using var km = await StartAsync();
        Assert.Contains("✓ console-logger v1.0.0 (Free tier)", km.Errors, StringComparison.Ordinal);
        await Wait.ForAsync(() => km.Errors.Contains("ping", StringComparison.Ordinal), "the plugin to show the message");
        Assert.Equal(0, await km.FinishAsync());

        // Said at the installation, and not in each session.
        Assert.DoesNotContain("PLG_DEV_002", km.Errors, StringComparison.Ordinal);
        Assert.Equal(
            [
                "plugin.install allowed",
                "plugin.launch allowed",
                "plugin.state info Loading -> Authenticating",
                "plugin.state info Authenticating -> Active",
                "plugin.state info Active -> ShuttingDown",
                "plugin.state info ShuttingDown -> Stopped",
            ],
            _home.Audit.Select(record =>
                $"{record.GetProperty("event")} {record.GetProperty("decision")}{(record.GetProperty("event").GetString() == "plugin.state" ? " " + record.GetProperty("detail") : "")}"
            )
        );
        Assert.All(_home.Audit, record => Assert.Equal("console-logger", record.GetProperty("plugin").GetString()));
        Assert.Equal(_home.Audit[0].GetProperty("digest").GetString(), _home.Audit[1].GetProperty("digest").GetString());
        Assert.Single(_home.Audit.Skip(1).Select(record => record.GetProperty("session").GetString()).Distinct());
        await Wait.ForAsync(
            () => File.ReadAllText(Path.Combine(_home.Path, "registry.json")).Contains("lastAuthenticated", StringComparison.Ordinal),
            "the time of the last start"
        );
    }

    [Fact]
    public async Task What_runs_lies_in_the_sessions_private_directory_and_goes_with_it()
    {
        await InstallAsync();
        await using var km = await StartAsync();
        var plugin = Processes
            .DescendantsOf(km.Id)
            .Select(id => File.ResolveLinkTarget($"/proc/{id}/exe", false)?.FullName ?? "")
            .Single(exe => exe.EndsWith("km-plugin-console-logger", StringComparison.Ordinal));
        Assert.DoesNotContain(_home.Path, plugin, StringComparison.Ordinal);
        var run = Path.GetDirectoryName(Path.GetDirectoryName(Path.GetDirectoryName(plugin)!)!)!;
        Assert.StartsWith("km-", Path.GetFileName(run), StringComparison.Ordinal);
        Assert.Equal(OperatingSystem.IsWindows() ? default : Modes.Mine, OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(run));
        Assert.Equal(0, await km.FinishAsync());
        await Wait.ForAsync(() => !Directory.Exists(run), "the run directory to go");
    }

    [Fact]
    public async Task A_session_keeps_its_plugin_when_it_is_removed_meanwhile()
    {
        await InstallAsync();
        await using var km = await StartAsync();
        Assert.Equal(0, (await _home.RunAsync("plugins", "remove", "console-logger", "--yes")).Status);
        await km.SendAsync("""{"jsonrpc":"2.0","id":2,"method":"still/there"}""");
        await Wait.ForAsync(() => km.Errors.Contains("still/there", StringComparison.Ordinal), "the plugin to show a message");
        Assert.Equal(0, await km.FinishAsync());
    }

    [Fact]
    public async Task Without_a_record_nothing_is_started_and_the_session_runs_all_the_same()
    {
        await InstallAsync();
        Directory.Delete(Path.Combine(_home.Path, "audit"), recursive: true);
        await File.WriteAllTextAsync(Path.Combine(_home.Path, "audit"), "in the way", TestContext.Current.CancellationToken);
        await using var km = KmProcess.Monitor([], ["cat"], _home.Environment);
        await km.SendAsync(Ping);
        Assert.Equal(Ping, await km.ReadLineAsync());
        await Wait.ForAsync(() => km.Errors.Contains("[AUD_LOG_001]", StringComparison.Ordinal), "the refusal");
        Assert.DoesNotContain(Processes.DescendantsOf(km.Id), id =>
            File.ReadAllText($"/proc/{id}/comm").StartsWith("km-plugin", StringComparison.Ordinal)
        );
        Assert.Equal(0, await km.FinishAsync());
    }

    private async Task InstallAsync()
    {
        var (status, _, errors) = await _home.RunAsync("plugins", "install", _home.ConsoleLogger(), "--yes");
        Assert.True(status == 0, errors);
        Assert.Contains("[PLG_DEV_002]", errors, StringComparison.Ordinal);
    }

    private async Task<KmProcess> StartAsync()
    {
        var km = KmProcess.Monitor([], ["cat"], _home.Environment);
        await km.SendAsync(Ping);
        Assert.Equal(Ping, await km.ReadLineAsync());
        await Wait.ForAsync(
            () => km.Errors.Contains("✓ console-logger v1.0.0", StringComparison.Ordinal),
            () => $"the plugin; {km.Errors}"
        );
        return km;
    }
}
