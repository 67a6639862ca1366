using System.Text.Json;
using Kilometers.Contracts.Packages;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Packages;

/// <summary>A plugin gets what its user agreed to, and nothing that came later.</summary>
public sealed class ConsentTests : IDisposable
{
    private static readonly PluginCapabilities Wide = new()
    {
        Network = ["evil.example.com:443"],
        StateDirectory = true,
        Credentials = true,
    };
    private readonly KmHomeFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task The_same_files_under_a_wider_manifest_do_not_run_in_a_trusted_project()
    {
        var project = Modes.Folder(_home.File("project"));
        var package = Path.Combine(Modes.Folder(Path.Combine(project, "plugins")), "mine.kmpkg");
        File.Copy(_home.Package(), package);
        Assert.Equal(0, (await _home.RunInAsync(project, ["plugins", "trust", ".", "--yes"])).Status);
        Assert.Contains("ready", (await _home.RunInAsync(project, ["plugins", "list"])).Output, StringComparison.Ordinal);

        File.Copy(
            _home.Package(forge => forge.Manifest = manifest => manifest with { Capabilities = Wide }, "wide.kmpkg"),
            package,
            overwrite: true
        );
        var (status, _, errors) = await _home.RunInAsync(project, ["monitor", "--", "sh", "-c", "sleep 1"]);
        Assert.Equal(0, status);
        Assert.Contains("[PLG_DIR_003]", errors, StringComparison.Ordinal);
        _home.AssertNothingStarted(errors);

        var asked = await _home.RunInAsync(project, ["plugins", "trust", "."]);
        Assert.Equal(1, asked.Status);
        Assert.Contains(
            "New, compared with what you agreed to: connect to evil.example.com:443; keep files",
            asked.Errors,
            StringComparison.Ordinal
        );
        Assert.Contains("refused PLG_DIR_003", (await _home.RunInAsync(project, ["plugins", "list"])).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await _home.RunInAsync(project, ["plugins", "trust", ".", "--yes"])).Status);
        Assert.Contains("ready", (await _home.RunInAsync(project, ["plugins", "list"])).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trust_that_an_older_km_gave_to_a_payload_alone_runs_nothing()
    {
        var project = Modes.Folder(_home.File("project"));
        File.Copy(_home.Package(), Path.Combine(Modes.Folder(Path.Combine(project, "plugins")), "mine.kmpkg"));
        Assert.Equal(0, (await _home.RunInAsync(project, ["plugins", "trust", ".", "--yes"])).Status);
        await File.WriteAllTextAsync(
            Path.Combine(_home.Path, "trusted-projects.json"),
            $$$"""{"projects":{"{{{project}}}":["{{{new string('a', 64)}}}"]}}""",
            TestContext.Current.CancellationToken
        );
        var (_, _, errors) = await _home.RunInAsync(project, ["monitor", "--", "sh", "-c", "sleep 1"]);
        Assert.Contains("[PLG_DIR_003]", errors, StringComparison.Ordinal);
        _home.AssertNothingStarted(errors);
    }

    [Fact]
    public async Task A_version_that_may_do_more_is_installed_only_with_consent()
    {
        Assert.Equal(0, (await _home.RunAsync("plugins", "install", _home.Package(), "--yes")).Status);
        var wide = _home.Package(
            forge => forge.Manifest = manifest => manifest with { Version = "1.3.0", ReleaseSequence = 6, Capabilities = Wide },
            "wide.kmpkg"
        );
        var (status, output, errors) = await _home.RunAsync("plugins", "install", wide);
        Assert.Equal((1, ""), (status, output));
        Assert.Contains("[PLG_CON_001]", errors, StringComparison.Ordinal);
        Assert.Contains("+ connect to evil.example.com:443", errors, StringComparison.Ordinal);
        Assert.Contains("can leave this machine, to: evil.example.com:443", errors, StringComparison.Ordinal);
        Assert.Contains($"km plugins install {wide} --yes", errors, StringComparison.Ordinal);
        Assert.Equal("1.2.3", (await ListedAsync()).GetProperty("version").GetString());
        Assert.Equal(
            ("denied", "PLG_CON_001"),
            (_home.Audit[^1].GetProperty("decision").GetString(), _home.Audit[^1].GetProperty("code").GetString())
        );

        Assert.Equal(0, (await _home.RunAsync("plugins", "install", wide, "--yes")).Status);
        Assert.Contains(
            "agreed that it may also connect to evil.example.com:443",
            _home.Audit[^1].GetProperty("detail").GetString(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task What_was_agreed_to_is_recorded_with_its_date_and_listed()
    {
        Assert.Equal(
            0,
            (
                await _home.RunAsync(
                    "plugins",
                    "install",
                    _home.Package(forge => forge.Manifest = manifest => manifest with { Capabilities = Wide }),
                    "--yes"
                )
            ).Status
        );
        var registered = JsonElement
            .Parse(await File.ReadAllTextAsync(Path.Combine(_home.Path, "registry.json"), TestContext.Current.CancellationToken))
            .GetProperty("plugins")
            .GetProperty("forged");
        Assert.Equal("evil.example.com:443", registered.GetProperty("agreed").GetProperty("network")[0].GetString());
        var listed = await ListedAsync();
        Assert.Contains(
            "connect to evil.example.com:443",
            listed.GetProperty("agreedTo").EnumerateArray().Select(text => text.GetString())
        );
        Assert.Equal(registered.GetProperty("agreedAt").GetDateTimeOffset(), listed.GetProperty("agreedAt").GetDateTimeOffset());
        var status = JsonElement
            .Parse((await _home.RunAsync("plugins", "status", "forged", "--json")).Output)
            .GetProperty("installed")[0]
            .GetProperty("plugin");
        Assert.Equal(listed.GetProperty("agreedTo").GetArrayLength(), status.GetProperty("agreedTo").GetArrayLength());
    }

    [Fact]
    public async Task What_an_older_km_installed_counts_as_agreed_to_as_it_is()
    {
        Assert.Equal(
            0,
            (
                await _home.RunAsync(
                    "plugins",
                    "install",
                    _home.Package(forge => forge.Manifest = manifest => manifest with { Capabilities = new() { StateDirectory = true } }),
                    "--yes"
                )
            ).Status
        );
        await File.WriteAllTextAsync(
            Path.Combine(_home.Path, "registry.json"),
            """{"plugins":{"forged":{"version":"1.2.3","installed":"2026-01-02T03:04:05+00:00","highestSequence":5}}}""",
            TestContext.Current.CancellationToken
        );
        var listed = await ListedAsync();
        Assert.Contains(
            "keep files in a directory of its own",
            listed.GetProperty("agreedTo").EnumerateArray().Select(text => text.GetString())
        );
        Assert.Equal(2026, listed.GetProperty("agreedAt").GetDateTimeOffset().Year);
        var wide = _home.Package(
            forge => forge.Manifest = manifest => manifest with { Version = "1.3.0", ReleaseSequence = 6, Capabilities = Wide },
            "wide.kmpkg"
        );
        var (status, _, errors) = await _home.RunAsync("plugins", "install", wide);
        Assert.Equal(1, status);
        Assert.Contains("[PLG_CON_001]", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("+ keep files", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("y", 0, "1.3.0")]
    [InlineData("", 1, "1.2.3")]
    public async Task On_a_terminal_new_permissions_are_asked_about(string answer, int status, string version)
    {
        Assert.Equal(0, (await _home.RunAsync("plugins", "install", _home.Package(), "--yes")).Status);
        var wide = _home.Package(
            forge => forge.Manifest = manifest => manifest with { Version = "1.3.0", ReleaseSequence = 6, Capabilities = Wide },
            "wide.kmpkg"
        );
        await using var terminal = KmProcess.Start(
            "script",
            ["-qec", $"'{Programs.Km}' plugins install '{wide}'; echo \"ended $?\"", "/dev/null"],
            _home.Environment
        );
        await terminal.SendAsync(answer);
        var shown = "";
        while (!shown.Contains("ended ", StringComparison.Ordinal) && await terminal.ReadLineAsync() is { } line)
            shown += line + "\n";
        Assert.Contains("Install forged 1.3.0, with these new permissions? [y/N]", shown, StringComparison.Ordinal);
        Assert.Contains($"ended {status}", shown, StringComparison.Ordinal);
        Assert.Equal(version, (await ListedAsync()).GetProperty("version").GetString());
    }

    private async Task<JsonElement> ListedAsync() => JsonElement.Parse((await _home.RunAsync("plugins", "list", "--json")).Output)[0];
}
