using Kilometers.EndToEnd.Tests.Running;
using Kilometers.Packaging.Tests.Forging;
using Kilometers.Packaging.Trust;

namespace Kilometers.EndToEnd.Tests.Packages;

/// <summary>Which of the plugins that lie around may run.</summary>
public sealed class DirectoryTests : IDisposable
{
    private readonly KmHomeFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task A_world_writable_plugin_directory_is_left_out()
    {
        await InstallAsync();
        Modes.Set(
            Path.Combine(_home.Path, "plugins"),
            Modes.Mine | UnixFileMode.OtherWrite | UnixFileMode.OtherRead | UnixFileMode.OtherExecute
        );
        await AssertNotStartedAsync("PLG_DIR_001", records: 0);
        var (status, _, errors) = await _home.RunAsync("plugins", "install", _home.Package(), "--yes");
        Assert.Equal(1, status);
        Assert.Contains("[PLG_DIR_001]", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_symbolic_link_as_plugin_directory_is_left_out()
    {
        await InstallAsync();
        var elsewhere = _home.File("elsewhere");
        Directory.Move(Path.Combine(_home.Path, "plugins"), elsewhere);
        Directory.CreateSymbolicLink(Path.Combine(_home.Path, "plugins"), elsewhere);
        await AssertNotStartedAsync("PLG_DIR_001", records: 0);
    }

    [Fact]
    public async Task A_package_that_others_may_write_to_is_not_started()
    {
        await InstallAsync();
        Modes.Set(_home.Installed("forged"), Modes.Mine | UnixFileMode.OtherWrite);
        await AssertNotStartedAsync("PLG_DIR_001", records: 1);
    }

    [Fact]
    public async Task A_package_that_is_a_symbolic_link_is_not_started()
    {
        Modes.Folder(Path.Combine(_home.Path, "plugins"));
        File.CreateSymbolicLink(_home.Installed("forged"), _home.Package());
        await AssertNotStartedAsync("PLG_DIR_001", records: 1);
    }

    [Fact]
    public async Task A_projects_plugin_runs_only_while_it_is_trusted_as_it_is()
    {
        var project = ProjectWith(_home.Package());
        await AssertNotStartedAsync("PLG_DIR_003", records: 1, project);
        Assert.Equal(0, (await RunInAsync(project, "plugins", "trust", ".", "--yes")).Status);
        Assert.Contains("ready", (await RunInAsync(project, "plugins", "list")).Output, StringComparison.Ordinal);

        // Exchanged for another one, signed as well: trust was for the first.
        File.Delete(Path.Combine(project, "plugins", "mine.kmpkg"));
        File.Copy(
            _home.Package(forge => forge.Files[1] = forge.Files[1] with { Content = "other"u8.ToArray() }, "other.kmpkg"),
            Path.Combine(project, "plugins", "mine.kmpkg")
        );
        Assert.Contains("refused PLG_DIR_003", (await RunInAsync(project, "plugins", "list")).Output, StringComparison.Ordinal);

        Assert.Equal(0, (await RunInAsync(project, "plugins", "trust", ".", "--yes")).Status);
        Assert.Equal(0, (await RunInAsync(project, "plugins", "untrust", ".")).Status);
        Assert.Contains("refused PLG_DIR_003", (await RunInAsync(project, "plugins", "list")).Output, StringComparison.Ordinal);
        Assert.Equal(
            ["plugin.denied", "project.trust", "project.trust", "project.untrust"],
            _home.Audit.Select(record => record.GetProperty("event").GetString())
        );
    }

    [Fact]
    public async Task A_project_cannot_take_the_name_of_an_installed_plugin_even_where_that_one_is_broken()
    {
        await InstallAsync();
        var project = ProjectWith(_home.Package(forge => forge.Manifest = manifest => manifest with { ReleaseSequence = 99 }));
        Assert.Equal(0, (await RunInAsync(project, "plugins", "trust", ".", "--yes")).Status);
        Assert.Matches(@"forged +1\.2\.3 +Free +refused PLG_DIR_002", (await RunInAsync(project, "plugins", "list")).Output);

        await File.WriteAllTextAsync(_home.Installed("forged"), "broken", TestContext.Current.CancellationToken);
        var list = (await RunInAsync(project, "plugins", "list")).Output;
        Assert.Contains("refused PLG_DIR_002", list, StringComparison.Ordinal);
        Assert.DoesNotContain("ready", list, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_revoked_version_is_not_started_and_an_older_list_is_not_taken()
    {
        await InstallAsync();
        Assert.Equal(0, (await _home.RunAsync("trust", "update", List(2, new RevokedVersions { Name = "forged", To = "1.2.9" }))).Status);
        await AssertNotStartedAsync("PLG_SIG_005", records: 1, skip: 2);
        var (status, _, errors) = await _home.RunAsync("trust", "update", List(1));
        Assert.Equal(1, status);
        Assert.Contains("[PLG_SIG_007]", errors, StringComparison.Ordinal);
        Assert.Equal(0, (await _home.RunAsync("trust", "update", List(3))).Status);
        Assert.Contains("ready", (await _home.RunAsync("plugins", "list")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_revocation_list_stops_every_installed_plugin()
    {
        await InstallAsync();
        await File.WriteAllTextAsync(Path.Combine(_home.Path, "revocations.json"), "{}", TestContext.Current.CancellationToken);
        await AssertNotStartedAsync("PLG_SIG_007", records: 1);
        Assert.Equal(0, (await _home.RunAsync("trust", "update", List(1))).Status);
        Assert.Contains("ready", (await _home.RunAsync("plugins", "list")).Output, StringComparison.Ordinal);
    }

    private string List(long number, params RevokedVersions[] versions)
    {
        var path = _home.File($"list-{number}.json");
        File.WriteAllBytes(
            path,
            RevocationList.Write(
                new()
                {
                    Number = number,
                    Issued = TestAuthority.Now,
                    Expires = TestAuthority.Now.AddDays(60),
                    Versions = versions,
                },
                TestAuthority.Trusted.Lists
            )
        );
        return path;
    }

    private string ProjectWith(string package)
    {
        var project = Modes.Folder(_home.File("project"));
        Modes.Folder(Path.Combine(project, "plugins"));
        File.Move(package, Path.Combine(project, "plugins", "mine.kmpkg"));
        return project;
    }

    private Task<(int Status, string Output, string Errors)> RunInAsync(string directory, params string[] arguments) =>
        _home.RunInAsync(directory, arguments);

    private async Task InstallAsync() => Assert.Equal(0, (await _home.RunAsync("plugins", "install", _home.Package(), "--yes")).Status);

    private async Task AssertNotStartedAsync(string code, int records, string? directory = null, int? skip = null)
    {
        var before = skip ?? _home.Audit.Count;
        var (status, _, errors) = await _home.RunInAsync(directory ?? _home.Path, ["monitor", "--", "sh", "-c", "sleep 1"]);
        Assert.Equal(0, status);
        Assert.Contains($"[{code}]", errors, StringComparison.Ordinal);
        _home.AssertNothingStarted(errors);
        Assert.Equal(
            Enumerable.Repeat("plugin.denied", records),
            _home.Audit.Skip(before).Select(record => record.GetProperty("event").GetString())
        );
    }
}
