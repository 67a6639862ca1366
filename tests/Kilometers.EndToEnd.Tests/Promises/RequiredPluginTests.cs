using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Promises;

/// <summary>A plugin that a policy requires is in every session, or there is no session: no command of km takes it away.</summary>
public sealed class RequiredPluginTests : IDisposable
{
    private readonly KmHomeFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData("plugins remove console-logger --yes --json")]
    [InlineData("plugins remove console-logger --keep-data --yes")]
    [InlineData("plugins disable console-logger --json")]
    [InlineData("plugins disable console-logger --server anything")]
    [InlineData("plugins disable console-logger --session 0")]
    public async Task It_is_neither_removed_nor_disabled_in_any_way(string command)
    {
        await InstallAsync();
        Require("\"console-logger\"");
        await using var km = await MonitorAsync("--name", "anything");
        var (status, output, errors) = await _home.RunAsync(command.Split(' '));
        Assert.Equal(1, status);
        Assert.Matches("PLG_POL_009|KM_CTL_006", output + errors);
        Assert.Equal(["console-logger.kmpkg"], _home.Plugins);
        Assert.Matches(@"console-logger +1\.0\.0 +Free +ready", (await _home.RunAsync("plugins", "list")).Output);
        await km.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"still/watched"}""");
        await km.SaysAsync("still/watched");
        Assert.Equal(0, await km.FinishAsync());
    }

    [Theory]
    [InlineData("--no-plugins")]
    [InlineData("--quiet")]
    [InlineData("")]
    public async Task A_session_that_lacks_it_is_not_started(string option)
    {
        await InstallAsync();
        Require("\"console-logger\"", "\"absent\"");
        var marker = _home.File("server-ran");
        var options = option.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var (status, output, errors) = await _home.RunAsync(["monitor", .. options, "--", "touch", marker]);
        Assert.Equal((1, ""), (status, output));
        Assert.Contains("[PLG_POL_007]", errors, StringComparison.Ordinal);
        Assert.Contains("absent", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(marker));
    }

    [Theory]
    [InlineData("rm \"$KM/plugins/console-logger.kmpkg\"")]
    [InlineData("chmod o+w \"$KM/plugins/console-logger.kmpkg\"")]
    [InlineData("truncate -s -1 \"$KM/plugins/console-logger.kmpkg\"")]
    [InlineData("rm \"$KM\"/trust.d/*")]
    public async Task A_session_in_which_it_would_not_pass_its_gates_is_not_started(string change)
    {
        await InstallAsync();
        Require("\"console-logger\"");
        Assert.Equal(0, (await Shell.RunAsync("KM=$1; " + change, null, null, _home.Path)).Status);
        var marker = _home.File("server-ran");
        var (status, _, errors) = await _home.RunAsync("monitor", "--", "touch", marker);
        Assert.Equal(1, status);
        Assert.Contains("[PLG_POL_007]", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(marker));
    }

    [Fact]
    public async Task It_is_not_replaced_by_an_older_release_than_a_policy_requires()
    {
        await InstallAsync(sequence: 9);
        Require("""{ "name": "console-logger", "from": "1.0.0" }""");
        var older = _home.ConsoleLogger(manifest => manifest with { Version = "0.9.0", ReleaseSequence = 1 });
        foreach (var options in new[] { "--yes", "--yes --allow-downgrade" })
        {
            var (status, _, errors) = await _home.RunAsync(["plugins", "install", older, .. options.Split(' ')]);
            Assert.True(status == 1, errors);
        }

        Assert.Matches(@"console-logger +1\.0\.0 +Free +ready", (await _home.RunAsync("plugins", "list")).Output);
        await using var km = await MonitorAsync();
        Assert.Equal(0, await km.FinishAsync());
    }

    [Fact]
    public async Task One_that_was_disabled_before_the_policy_came_starts_no_session_until_it_is_enabled()
    {
        await InstallAsync();
        Assert.Equal(0, (await _home.RunAsync("plugins", "disable", "console-logger")).Status);
        Require("\"console-logger\"");
        Assert.Equal(1, (await _home.RunAsync("monitor", "--", "true")).Status);
        Assert.Equal(0, (await _home.RunAsync("plugins", "enable", "console-logger")).Status);
        await using var km = await MonitorAsync();
        Assert.Equal(0, await km.FinishAsync());
    }

    private async Task InstallAsync(int sequence = 5)
    {
        var package = _home.ConsoleLogger(manifest => manifest with { ReleaseSequence = sequence });
        var (status, _, errors) = await _home.RunAsync("plugins", "install", package, "--yes");
        Assert.True(status == 0, errors);
    }

    private async Task<KmProcess> MonitorAsync(params string[] options)
    {
        var km = KmProcess.Monitor(options, ["cat"], _home.Environment);
        await km.SaysAsync("✓ console-logger");
        return km;
    }

    private void Require(params string[] plugins)
    {
        var path = Path.Combine(Modes.Folder(Path.Combine(_home.Path, "config")), "policy.json");
        File.WriteAllText(path, $$"""{ "version": 1, "plugins": { "require": [{{string.Join(',', plugins)}}] } }""");
        Modes.Set(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
