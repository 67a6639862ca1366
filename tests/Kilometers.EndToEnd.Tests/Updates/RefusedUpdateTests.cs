using Kilometers.Contracts.Packages;
using Kilometers.EndToEnd.Tests.Running;
using Kilometers.Packaging.Tests.Forging;

namespace Kilometers.EndToEnd.Tests.Updates;

/// <summary>A server that offers something else than a good release: km stays what it was, says why, and notes it.</summary>
public sealed class RefusedUpdateTests : IDisposable
{
    private readonly InstalledKm _km = new();

    public void Dispose() => _km.Dispose();

    [Theory]
    [InlineData("unknown signer", "PLG_SIG_003")]
    [InlineData("changed envelope", "PLG_SIG_001")]
    [InlineData("changed program", "PLG_PKG_004")]
    [InlineData("plugin", "PLG_SIG_006")]
    [InlineData("plugin called km", "PLG_SIG_006")]
    [InlineData("more files", "PLG_MAN_002")]
    [InlineData("other machine", "PLG_CMP_003")]
    [InlineData("needs a newer km", "PLG_CMP_002")]
    [InlineData("other version inside", "API_NET_003")]
    public async Task What_is_no_good_release_never_replaces_km(string what, string code)
    {
        using var server = new ReleaseServer("1.0.1", _km.Release("1.0.1", 2, change: forge => Spoil(forge, what)));
        await AssertRefusedAsync(server, code);
    }

    [Fact]
    public async Task A_root_that_the_user_added_for_plugins_does_not_vouch_for_a_published_km()
    {
        Assert.SkipWhen(!Programs.ArePublished, "a km from source has no root of its own, so that the user's counts");
        using var server = new ReleaseServer(
            "1.0.1",
            _km.Release("1.0.1", 2, change: forge => forge.Signer = TestAuthority.Trusted.KmPublisher)
        );
        await AssertRefusedAsync(server, "PLG_SIG_003");
    }

    [Fact]
    public async Task A_release_is_no_plugin()
    {
        var file = _km.Home.File("km.kmpkg");
        await File.WriteAllBytesAsync(
            file,
            _km.Release("1.0.1", 2, change: forge => forge.Signer = TestAuthority.Trusted.KmPublisher),
            TestContext.Current.CancellationToken
        );
        var (status, _, errors) = await _km.RunAsync("http://127.0.0.1:9", "plugins", "install", file, "--yes");
        Assert.Equal(1, status);
        Assert.Contains("[PLG_SIG_008]", errors, StringComparison.Ordinal);
        Assert.Empty(_km.Home.Plugins);
    }

    [Fact]
    public async Task A_higher_version_of_an_older_release_is_a_downgrade()
    {
        using (var server = new ReleaseServer("1.0.1", _km.Release("1.0.1", 9), 9))
            Assert.Equal(0, (await _km.RunAsync(server.Endpoint, "update")).Status);
        using var older = new ReleaseServer("1.0.2", _km.Release("1.0.2", 8), 8);
        var (status, _, errors) = await _km.RunAsync(older.Endpoint, "update");
        Assert.Equal(1, status);
        Assert.Contains("[PLG_CMP_004]", errors, StringComparison.Ordinal);
        Assert.Equal("km 1.0.1", await _km.AskVersionAsync());
    }

    [Theory]
    [InlineData("exit 3", "exit code 3")]
    [InlineData("echo km 1.0.2", "says that it is km 1.0.2")]
    [InlineData("echo hello", "says 'hello'")]
    [InlineData("kill -9 $$", "signal 9 (SIGKILL)")]
    public async Task A_program_that_does_not_run_is_not_even_put_in_place(string script, string why)
    {
        using var server = new ReleaseServer("1.0.1", _km.Script("1.0.1", 2, script));
        Assert.Contains(why, await AssertRefusedAsync(server, "KM_UPD_006"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_program_is_not_put_in_place()
    {
        using var server = new ReleaseServer("1.0.1", _km.Release("1.0.1", 2, "\u007fELF"u8.ToArray()));
        await AssertRefusedAsync(server, "KM_UPD_006");
    }

    [Fact]
    public async Task A_program_that_does_not_run_in_its_place_is_taken_back()
    {
        using var server = new ReleaseServer(
            "1.0.1",
            _km.Script("1.0.1", 2, """case "$0" in *.new) echo "km 1.0.1" ;; *) exit 3 ;; esac""")
        );
        Assert.Contains(
            "the earlier km is back",
            await AssertRefusedAsync(server, "KM_UPD_006", isRecordedBefore: true),
            StringComparison.Ordinal
        );
        Assert.False(File.Exists(_km.Path + ".previous"));
    }

    [Fact]
    public async Task Who_may_not_write_is_told_so_and_nothing_happens()
    {
        using var server = new ReleaseServer("1.0.1", _km.Release("1.0.1", 2));
        Assert.SkipWhen(!File.Exists("/usr/bin/setpriv") || Environment.UserName != "root", "only root can become somebody else (setpriv)");
        const UnixFileMode Everybody =
            UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        foreach (var folder in new[] { Path.GetDirectoryName(_km.Folder)!, _km.Folder })
            Modes.Set(folder, Modes.Mine | Everybody);
        foreach (var file in Directory.EnumerateFiles(_km.Folder))
            Modes.Set(file, Modes.Mine | Everybody);
        Assert.Equal(0, await Commands.RunAsync("/bin/chown", "-R", "65534:65534", _km.Home.Path));
        await using var km = KmProcess.Start(
            "/usr/bin/setpriv",
            ["--reuid=65534", "--regid=65534", "--clear-groups", _km.Path, "update"],
            new Dictionary<string, string>(_km.Home.Environment) { ["KM_API_ENDPOINT"] = server.Endpoint, ["HOME"] = _km.Home.Path },
            _km.Home.Path
        );
        Assert.Equal(1, await km.FinishAsync());
        Assert.Contains("[KM_UPD_002]", km.Errors, StringComparison.Ordinal);
        Assert.Contains("sudo km update", km.Errors, StringComparison.Ordinal);
        Assert.Empty(server.Downloads);
        Assert.True(_km.IsOriginal);
    }

    [Fact]
    public async Task A_km_from_source_says_that_it_cannot()
    {
        Assert.SkipWhen(Programs.ArePublished, "the published km is not a km.dll");
        await using var km = KmProcess.Start("dotnet", [Path.Combine(_km.Folder, "km.dll"), "update"], _km.Home.Environment, _km.Home.Path);
        Assert.Equal(1, await km.FinishAsync());
        Assert.Contains("[KM_UPD_001]", km.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_earlier_km_there_is_nothing_to_go_back_to()
    {
        var (status, _, errors) = await _km.RunAsync("http://127.0.0.1:9", "update", "--rollback");
        Assert.Equal(1, status);
        Assert.Contains("[KM_UPD_008]", errors, StringComparison.Ordinal);
    }

    private static void Spoil(PackageForge forge, string what)
    {
        switch (what)
        {
            case "unknown signer":
                forge.Signer = TestAuthority.Unknown.KmPublisher;
                break;
            case "changed envelope":
                forge.Envelope = json => json.Replace("\"sig\":\"", "\"sig\":\"AAAA", StringComparison.Ordinal);
                break;
            case "changed program":
                forge.SwappedPayload = payload =>
                {
                    payload = [.. payload];
                    payload[^20] ^= 1;
                    return payload;
                };
                break;
            case "plugin":
                forge.PredicateType = PluginManifest.PredicateType;
                forge.Manifest = manifest => manifest with { Entrypoint = "km" };
                break;
            case "plugin called km":
                forge.PredicateType = PluginManifest.PredicateType;
                break;
            case "more files":
                forge.Files = [.. forge.Files, new ForgedFile("libmore.so", [1], false)];
                break;
            case "other machine":
                Manifest(forge, manifest => manifest with { Arch = manifest.Arch == "x64" ? "arm64" : "x64" });
                break;
            case "needs a newer km":
                Manifest(forge, manifest => manifest with { MinimumCliVersion = "1.0.1" });
                break;
            case "other version inside":
                Manifest(forge, manifest => manifest with { Version = "1.0.2" });
                forge.Files = [forge.Files[0], forge.Files[1] with { Path = KmRelease.ProgramsBeside("1.0.2", "linux")[0] }];
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(what));
        }
    }

    private static void Manifest(PackageForge forge, Func<PluginManifest, PluginManifest> change)
    {
        var before = forge.Manifest;
        forge.Manifest = manifest => change(before(manifest));
    }

    /// <returns>What km said.</returns>
    private async Task<string> AssertRefusedAsync(ReleaseServer server, string code, bool isRecordedBefore = false)
    {
        var (status, _, errors) = await _km.RunAsync(server.Endpoint, "update");
        Assert.Equal(1, status);
        Assert.Contains($"[{code}]", errors, StringComparison.Ordinal);
        Assert.True(_km.IsOriginal);
        Assert.Empty(_km.Leftovers);
        var records = _km.Home.Audit.Where(record => record.GetProperty("event").GetString() == "cli.update").ToList();
        Assert.Equal(isRecordedBefore ? 2 : 1, records.Count);
        Assert.Equal(("denied", code), (records[^1].GetProperty("decision").GetString(), records[^1].GetProperty("code").GetString()));
        return errors;
    }
}
