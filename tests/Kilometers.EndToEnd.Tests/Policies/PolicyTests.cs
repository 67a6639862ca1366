using System.Text.Json;
using Kilometers.EndToEnd.Tests.Running;
using Kilometers.Packaging.Tests.Forging;

namespace Kilometers.EndToEnd.Tests.Policies;

/// <summary>What an administrator and a user decide about plugins, and what becomes of it.</summary>
public sealed class PolicyTests : IDisposable
{
    private readonly KmHomeFolder _home = new();

    public void Dispose() => _home.Dispose();

    private static string Nobody => new('0', 64);

    private static string Root => TestAuthority.Trusted.Root.Fingerprint;

    [Theory]
    [InlineData("PLG_POL_001", """ "plugins": { "deny": ["forged"] } """)]
    [InlineData("PLG_POL_001", """ "plugins": { "allow": ["other"] } """)]
    [InlineData("PLG_POL_001", """ "plugins": { "allow": [{ "name": "forged", "from": "1.3.0" }] } """)]
    [InlineData("PLG_POL_002", """ "publishers": { "allow": [{ "root": "NOBODY" }] } """)]
    [InlineData("PLG_POL_002", """ "publishers": { "deny": [{ "name": "Trusted publisher", "root": "ROOT" }] } """)]
    [InlineData("PLG_POL_003", """ "tier": { "features": ["api_logging"] } """)]
    [InlineData("CFG_POL_001", """ "plugins": { "deny": "forged" } """)]
    public async Task What_a_policy_refuses_is_neither_installed_nor_started_nor_called_ready_and_each_denial_leaves_one_record(
        string code,
        string member
    )
    {
        var package = _home.Package(forge => forge.Manifest = manifest => manifest with { Features = ["testing"] });
        Assert.Equal(0, (await _home.RunAsync("plugins", "install", package, "--yes")).Status);
        await UserDecidesAsync(member);
        var installed = _home.Audit.Count;

        var (status, _, errors) = await _home.RunAsync("plugins", "install", package, "--yes");
        Assert.Equal(1, status);
        Assert.Contains($"[{code}]", errors, StringComparison.Ordinal);
        AssertDenied(installed, "plugin.install", code);

        await using (var km = KmProcess.Monitor([], ["cat"], _home.Environment))
        {
            await km.SendAsync("ping");
            Assert.Equal("ping", await km.ReadLineAsync());
            await km.SaysAsync($"[{code}]");
            Assert.Equal(0, await km.FinishAsync());
            _home.AssertNothingStarted(km.Errors);
        }

        _home.AssertNothingStarted(errors);
        AssertDenied(installed + 1, "plugin.denied", code);
        Assert.Contains($"refused {code}", (await _home.RunAsync("plugins", "list")).Output, StringComparison.Ordinal);
        var one = await _home.RunAsync("plugins", "status", "forged");
        Assert.Equal(1, one.Status);
        Assert.Matches(@"policy +failed: ", one.Output);
        Assert.Equal(installed + 2, _home.Audit.Count);
    }

    [Theory]
    [InlineData("plugins remove forged --yes", "plugin.remove")]
    [InlineData("plugins rm forged --yes --keep-data", "plugin.remove")]
    [InlineData("plugins disable forged", "plugin.disabled")]
    public async Task What_a_policy_requires_can_be_neither_removed_nor_disabled(string typed, string name)
    {
        Assert.Equal(0, (await _home.RunAsync("plugins", "install", _home.Package(), "--yes")).Status);
        await UserDecidesAsync(""" "plugins": { "require": ["forged"] } """);
        var installed = _home.Audit.Count;
        var (status, _, errors) = await _home.RunAsync(typed.Split(' '));
        Assert.Equal(1, status);
        Assert.Contains("[PLG_POL_009]", errors, StringComparison.Ordinal);
        Assert.Equal(["forged.kmpkg"], _home.Plugins);
        AssertDenied(installed, name, "PLG_POL_009");
    }

    [Fact]
    public async Task What_a_policy_allows_runs()
    {
        await UserDecidesAsync(
            """ "plugins": { "allow": [{ "name": "console-logger", "from": "1.0.0", "to": "1.9.9" }] }, "publishers": { "allow": [{ "name": "Trusted publisher", "root": "ROOT" }] }, "tier": { "maximum": "Free" } """
        );
        await InstallLoggerAsync();
        Assert.Contains("ready", (await _home.RunAsync("plugins", "list")).Output, StringComparison.Ordinal);
        Assert.Matches(@"policy +passed: ", (await _home.RunAsync("plugins", "status")).Output);
        await using var km = KmProcess.Monitor([], ["cat"], _home.Environment);
        await km.SaysAsync("✓ console-logger v1.0.0 (Free tier)");
        Assert.Equal(0, await km.FinishAsync());
    }

    [Fact]
    public async Task A_plugin_above_the_tier_that_policy_allows_is_refused_for_that_and_not_for_the_missing_account()
    {
        await UserDecidesAsync(""" "tier": { "maximum": "Free" } """);
        Modes.Folder(Path.Combine(_home.Path, "plugins"));
        File.Copy(_home.Package(forge => forge.Manifest = manifest => manifest with { RequiredTier = "Pro" }), _home.Installed("forged"));
        await using var km = KmProcess.Monitor([], ["cat"], _home.Environment);
        await km.SaysAsync("Plugin 'forged' is refused: it is a Pro plugin, and policy allows up to Free [PLG_POL_003]");
        Assert.Equal(0, await km.FinishAsync());
        AssertDenied(0, "plugin.denied", "PLG_POL_003");
    }

    [Fact]
    public async Task A_projects_plugin_that_the_user_trusts_is_not_started_where_policy_allows_none()
    {
        var project = Modes.Folder(_home.File("project"));
        File.Move(_home.Package(), Path.Combine(Modes.Folder(Path.Combine(project, "plugins")), "mine.kmpkg"));
        Assert.Equal(0, (await _home.RunInAsync(project, ["plugins", "trust", ".", "--yes"])).Status);
        await UserDecidesAsync(""" "plugins": { "project": false } """);
        await using var km = KmProcess.Start(Programs.Km, ["monitor", "--", "cat"], _home.Environment, project);
        await km.SaysAsync("[PLG_POL_005]");
        Assert.Equal(0, await km.FinishAsync());
        _home.AssertNothingStarted(km.Errors);
        AssertDenied(1, "plugin.denied", "PLG_POL_005");
    }

    [Theory]
    [InlineData("PLG_POL_006", """ "plugins": { "development": false } """)]
    [InlineData("PLG_POL_006", """ "plugins": { "allow": ["test-plugin"] } """)]
    [InlineData("CFG_POL_001", """ "plugins": 1 """)]
    public async Task A_plugin_under_development_is_not_started_where_policy_allows_none(string code, string member)
    {
        await UserDecidesAsync(member);
        using var workspace = new Workspace();
        var plugin = workspace.Script("test-plugin", $"echo '{KmHomeFolder.FirstWords}' >&2", $": > '{_home.Marker}'");
        await using var km = KmProcess.Monitor(["--dev-plugin", plugin], ["cat"], _home.Environment);
        await km.SaysAsync($"[{code}]");
        Assert.Equal(0, await km.FinishAsync());
        Assert.DoesNotContain("is unsigned", km.Errors, StringComparison.Ordinal);
        _home.AssertNothingStarted(km.Errors);
        AssertDenied(0, "plugin.denied", code);
    }

    [Fact]
    public async Task A_broken_policy_of_the_users_is_shown_with_its_line_and_column_and_the_session_goes_on_without_plugins()
    {
        await InstallLoggerAsync();
        await WriteAsync("{\n  \"version\": 1,\n  \"plugin\": {}\n}");
        await using var km = KmProcess.Monitor([], ["cat"], _home.Environment);
        await km.SendAsync("ping");
        Assert.Equal("ping", await km.ReadLineAsync());
        await km.SaysAsync("policy.json, line 3, column 3: 'plugin' is unknown");
        Assert.Equal(0, await km.FinishAsync());
        AssertDenied(1, "plugin.denied", "CFG_POL_001");
    }

    [Fact]
    public async Task A_policy_that_others_may_write_to_is_not_used_and_nothing_runs()
    {
        await InstallLoggerAsync();
        await UserDecidesAsync("");
        Modes.Set(Path.Combine(_home.Path, "config", "policy.json"), Modes.Mine | UnixFileMode.OtherWrite);
        await using var km = KmProcess.Monitor([], ["cat"], _home.Environment);
        await km.SaysAsync("[CFG_POL_002]");
        Assert.Equal(0, await km.FinishAsync());
        AssertDenied(1, "plugin.denied", "CFG_POL_002");
    }

    [Fact]
    public async Task Show_tells_what_holds_and_who_said_so_and_check_finds_a_mistake()
    {
        using var administrator = Administrator.With(
            """{"version": 1, "plugins": {"allow": ["console-logger", "api-logger"], "deny": ["other"]}, "tier": {"maximum": "Pro"}}"""
        );
        await UserDecidesAsync(""" "plugins": { "allow": ["console-logger"] }, "tier": { "maximum": "Enterprise" } """);
        var (status, text, errors) = await administrator.RunAsync(_home, "policy", "show");
        Assert.Equal((0, ""), (status, errors));
        Assert.Matches(@"/etc/km/policy\.json +administrator +used", text);
        Assert.Matches(@"plugins\.allow +console-logger +console-logger, api-logger +console-logger *\n", text);
        Assert.Matches(@"tier\.maximum +Pro +Pro +Enterprise *\n", text);

        var json = JsonElement.Parse((await administrator.RunAsync(_home, "policy", "show", "--json")).Output);
        var denied = json.GetProperty("members")
            .EnumerateArray()
            .Single(member => member.GetProperty("name").GetString() == "plugins.deny");
        Assert.Equal("other", denied.GetProperty("effective")[0].GetString());
        Assert.False(denied.TryGetProperty("user", out _));

        var policy = Path.Combine(_home.Path, "config", "policy.json");
        Assert.Equal(0, (await _home.RunAsync("policy", "check", policy)).Status);
        await WriteAsync("{\"version\": 1,\n}");
        var check = await _home.RunAsync("policy", "check", policy);
        Assert.Equal(1, check.Status);
        Assert.Contains("line 2, column 1: ", check.Errors, StringComparison.Ordinal);
        Assert.Equal(1, (await _home.RunAsync("policy", "show")).Status);
        Assert.Contains("[CFG_POL_002]", (await _home.RunAsync("policy", "check", _home.File("nothing"))).Errors, StringComparison.Ordinal);
    }

    private async Task InstallLoggerAsync()
    {
        var (status, _, errors) = await _home.RunAsync("plugins", "install", _home.ConsoleLogger(), "--yes");
        Assert.True(status == 0, errors);
    }

    private Task UserDecidesAsync(string members) =>
        WriteAsync(
            $$"""{"version": 1{{(members.Length == 0 ? "" : ", ")}}{{members.Replace("NOBODY", Nobody, StringComparison.Ordinal).Replace("ROOT", Root, StringComparison.Ordinal)}}}"""
        );

    private async Task WriteAsync(string policy)
    {
        var path = Path.Combine(Modes.Folder(Path.Combine(_home.Path, "config")), "policy.json");
        await File.WriteAllTextAsync(path, policy, TestContext.Current.CancellationToken);
    }

    /// <summary>Exactly one record since then, and that a denial.</summary>
    private void AssertDenied(int before, string name, string code)
    {
        var record = Assert.Single(_home.Audit.Skip(before));
        Assert.Equal(
            (name, "denied", code),
            (record.GetProperty("event").GetString(), record.GetProperty("decision").GetString(), record.GetProperty("code").GetString())
        );
    }
}
