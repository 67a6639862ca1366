using System.Text.Json;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Packages;

/// <summary>Installing, listing, looking at and removing, as a user does it.</summary>
public sealed class InstallTests : IDisposable
{
    private readonly KmHomeFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Installing_says_what_the_plugin_may_do_and_asks()
    {
        var package = _home.Package(forge =>
            forge.Manifest = manifest =>
                manifest with
                {
                    Capabilities = new() { Network = ["api.example.com:443", "kilometers-api"], StateDirectory = true },
                }
        );
        var (status, output, errors) = await _home.RunAsync("plugins", "install", package);

        // Nobody can be asked here: nothing happens without --yes.
        Assert.Equal((1, ""), (status, output));
        Assert.Contains("forged v1.2.3 (Free tier, logging) by The tests", errors, StringComparison.Ordinal);
        Assert.Contains("- connect to api.example.com:443", errors, StringComparison.Ordinal);
        Assert.Contains("- connect to the Kilometers API that you are signed in to", errors, StringComparison.Ordinal);
        Assert.Contains("- keep files in a directory of its own", errors, StringComparison.Ordinal);
        Assert.Contains("use --yes", errors, StringComparison.Ordinal);
        Assert.Contains("[PLG_INS_005]", errors, StringComparison.Ordinal);
        Assert.Empty(_home.Plugins);
        Assert.Equal("denied", Assert.Single(_home.Audit).GetProperty("decision").GetString());
    }

    [Fact]
    public async Task Several_packages_are_installed_at_once_and_none_if_one_of_them_is_not_a_package()
    {
        var first = _home.Package(name: "first.kmpkg");
        var second = _home.Package(forge => forge.Manifest = manifest => manifest with { Name = "second" }, "second.kmpkg");
        Assert.NotEqual(0, (await _home.RunAsync("plugins", "install", first, second + ".missing", "--yes")).Status);
        Assert.Empty(_home.Plugins);
        Assert.Equal(0, (await _home.RunAsync("plugins", "install", first, second, "--yes")).Status);
        Assert.Equal(["forged.kmpkg", "second.kmpkg"], _home.Plugins.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_is_installed_is_listed_as_a_table_and_as_JSON()
    {
        await InstallAsync();
        var (status, table, _) = await _home.RunAsync("plugins", "list");
        Assert.Equal(0, status);
        Assert.Matches(@"NAME +VERSION +TIER +STATUS +LAST AUTH", table);
        Assert.Matches(@"forged +1\.2\.3 +Free +ready +never", table);

        var (_, json, _) = await _home.RunAsync("plugins", "list", "--json");
        var plugin = Assert.Single(JsonElement.Parse(json).EnumerateArray());
        Assert.Equal(
            ("forged", "1.2.3", "Free", "ready", "user"),
            (Text(plugin, "name"), Text(plugin, "version"), Text(plugin, "tier"), Text(plugin, "status"), Text(plugin, "origin"))
        );
    }

    [Fact]
    public async Task The_status_names_every_gate_the_signer_and_what_to_do()
    {
        await InstallAsync();
        var (status, good, _) = await _home.RunAsync("plugins", "status");
        Assert.Equal(0, status);
        foreach (
            var gate in new[]
            {
                "container",
                "signature",
                "chain",
                "statement",
                "manifest",
                "revocation",
                "customer",
                "tier",
                "compatibility",
                "sequence",
                "payload",
                "files",
                "seal",
            }
        )
            Assert.Matches($@"{gate} +passed", good);
        Assert.Contains("Trusted publisher, under ", good, StringComparison.Ordinal);
        Assert.Contains("(development)", good, StringComparison.Ordinal);

        var bytes = await File.ReadAllBytesAsync(_home.Installed("forged"), TestContext.Current.CancellationToken);
        bytes[^1500] ^= 1;
        await File.WriteAllBytesAsync(_home.Installed("forged"), bytes, TestContext.Current.CancellationToken);
        var (failed, bad, _) = await _home.RunAsync("plugins", "status", "forged", "--json");
        Assert.Equal(1, failed);
        var plugin = Assert.Single(JsonElement.Parse(bad).GetProperty("installed").EnumerateArray());
        Assert.Equal("PLG_PKG_004", Text(plugin.GetProperty("plugin"), "code"));
        Assert.Equal(
            "failed",
            Text(plugin.GetProperty("checks").EnumerateArray().Single(check => Text(check, "gate") == "payload"), "outcome")
        );
        Assert.Equal(
            "not reached",
            Text(plugin.GetProperty("checks").EnumerateArray().Single(check => Text(check, "gate") == "files"), "outcome")
        );
        Assert.False(string.IsNullOrEmpty(Text(plugin, "advice")));
        Assert.Equal(1, (await _home.RunAsync("plugins", "verify", "--all")).Status);
    }

    [Fact]
    public async Task A_newer_release_takes_the_place_of_an_older_one_and_never_the_other_way_by_itself()
    {
        await InstallAsync();
        Assert.Equal(0, (await _home.RunAsync("plugins", "install", Newer(), "--yes")).Status);
        Assert.Contains("1.3.0", (await _home.RunAsync("plugins", "list")).Output, StringComparison.Ordinal);

        var (status, _, errors) = await _home.RunAsync("plugins", "install", _home.Package(), "--yes");
        Assert.Equal(1, status);
        Assert.Contains("[PLG_CMP_004]", errors, StringComparison.Ordinal);
        Assert.Contains("--allow-downgrade", errors, StringComparison.Ordinal);
        Assert.Contains("1.3.0", (await _home.RunAsync("plugins", "list")).Output, StringComparison.Ordinal);

        // Removing is no way around it.
        Assert.Equal(0, (await _home.RunAsync("plugins", "remove", "forged", "--yes")).Status);
        Assert.Equal(1, (await _home.RunAsync("plugins", "install", _home.Package(), "--yes")).Status);

        Assert.Equal(0, (await _home.RunAsync("plugins", "install", _home.Package(), "--yes", "--allow-downgrade")).Status);
        Assert.Contains("1.2.3", (await _home.RunAsync("plugins", "list")).Output, StringComparison.Ordinal);
        Assert.Contains("downgrade from release 6", Text(_home.Audit[^1], "detail"), StringComparison.Ordinal);
        Assert.Equal(
            ["allowed", "allowed", "denied", "allowed", "denied", "allowed"],
            _home.Audit.Select(record => Text(record, "decision"))
        );
    }

    [Fact]
    public async Task Removing_asks_and_takes_the_data_along_unless_told_otherwise()
    {
        await InstallAsync();
        var state = Directory.CreateDirectory(Path.Combine(_home.Path, "state", "forged"));
        var said = Path.Combine(Directory.CreateDirectory(Path.Combine(_home.Path, "logs")).FullName, "forged.jsonl");
        await File.WriteAllTextAsync(said, "", TestContext.Current.CancellationToken);
        Assert.Equal(1, (await _home.RunAsync("plugins", "remove", "forged")).Status);
        Assert.True(File.Exists(_home.Installed("forged")));

        Assert.Equal(0, (await _home.RunAsync("plugins", "remove", "forged", "--yes", "--keep-data")).Status);
        Assert.False(File.Exists(_home.Installed("forged")));
        Assert.True(Directory.Exists(state.FullName));
        Assert.True(File.Exists(said));

        Assert.Equal(0, (await _home.RunAsync("plugins", "install", _home.Package(), "--yes")).Status);
        Assert.Equal(0, (await _home.RunAsync("plugins", "remove", "forged", "--yes")).Status);
        Assert.False(Directory.Exists(state.FullName));
        Assert.False(File.Exists(said));

        var (status, _, errors) = await _home.RunAsync("plugins", "remove", "forged", "--yes");
        Assert.Equal(1, status);
        Assert.Contains("[PLG_INS_001]", errors, StringComparison.Ordinal);
        Assert.Equal(
            ["plugin.install", "plugin.remove", "plugin.install", "plugin.remove"],
            _home.Audit.Select(record => Text(record, "event"))
        );
    }

    [Theory]
    [InlineData("{ this is not JSON")]
    [InlineData("{\"plugins\":{\"../../x\":{\"highestSequence\":1}}}")]
    [InlineData("{\"plugins\":{\"forged\":{\"highestSequence\":1,\"path\":\"/bin/sh\"}}}")]
    public async Task A_tampered_registry_changes_nothing_about_what_runs(string registry)
    {
        await InstallAsync();
        await File.WriteAllTextAsync(Path.Combine(_home.Path, "registry.json"), registry, TestContext.Current.CancellationToken);
        var (status, output, errors) = await _home.RunAsync("plugins", "list");
        Assert.Equal(0, status);
        Assert.Contains("forged", output, StringComparison.Ordinal);
        Assert.Contains("[PLG_INS_004]", errors, StringComparison.Ordinal);
        Assert.Equal(0, (await _home.RunAsync("plugins", "install", Newer(), "--yes")).Status);
        Assert.DoesNotContain("PLG_INS_004", (await _home.RunAsync("plugins", "list")).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_record_nothing_is_installed_or_removed()
    {
        await InstallAsync();
        Directory.Delete(Path.Combine(_home.Path, "audit"), recursive: true);
        await File.WriteAllTextAsync(Path.Combine(_home.Path, "audit"), "in the way", TestContext.Current.CancellationToken);
        foreach (var command in new string[][] { ["plugins", "install", Newer(), "--yes"], ["plugins", "remove", "forged", "--yes"] })
        {
            var (status, _, errors) = await _home.RunAsync(command);
            Assert.Equal(1, status);
            Assert.Contains("[AUD_LOG_001]", errors, StringComparison.Ordinal);
        }

        Assert.Equal(["forged.kmpkg"], _home.Plugins);
        Assert.Contains("1.2.3", (await _home.RunAsync("plugins", "list")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_a_pipe_and_a_missing_file_are_refused_at_once()
    {
        var pipe = _home.File("pipe");
        Assert.Equal(0, await Commands.RunAsync("mkfifo", pipe));
        foreach (var path in new[] { _home.Path, pipe, "/no/such/file.kmpkg", "/dev/zero" })
        {
            var (status, _, errors) = await _home.RunAsync("plugins", "install", path, "--yes");
            Assert.Equal(1, status);
            Assert.Contains("[PLG_INS_006]", errors, StringComparison.Ordinal);
        }

        Assert.Empty(_home.Plugins);
    }

    private string Newer() =>
        _home.Package(forge => forge.Manifest = manifest => manifest with { Version = "1.3.0", ReleaseSequence = 6 }, "newer.kmpkg");

    private async Task InstallAsync()
    {
        var (status, _, errors) = await _home.RunAsync("plugins", "install", _home.Package(), "--yes");
        Assert.True(status == 0, errors);
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
