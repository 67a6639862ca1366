using System.Security.Cryptography;
using System.Text.Json;
using Kilometers.EndToEnd.Tests.Running;
using Kilometers.Packaging.Tests.Forging;
using Kilometers.Packaging.Trust;

namespace Kilometers.EndToEnd.Tests.Packages;

/// <summary>A second trusted publisher does not get a plugin's name, nor what it stored, by signing the same name.</summary>
public sealed class PublisherTests : IDisposable
{
    private readonly KmHomeFolder _home = new();

    public PublisherTests() =>
        File.WriteAllText(Path.Combine(_home.Path, "trust.d", "second.pem"), TestAuthority.Unknown.RootCertificate.ExportCertificatePem());

    private string FirstState => Path.Combine(_home.Path, "state", "test-plugin");

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task A_second_publisher_takes_a_name_only_when_the_user_says_so()
    {
        await InstallAsync(_home.Package());
        var theirs = Theirs();
        var (status, output, errors) = await _home.RunAsync("plugins", "install", theirs, "--yes");
        Assert.Equal((1, ""), (status, output));
        Assert.Contains("[PLG_PUB_001]", errors, StringComparison.Ordinal);
        Assert.Contains("Before: Trusted, under the root added by you on 20", errors, StringComparison.Ordinal);
        Assert.Contains("Now: Unknown, under the root added by you on 20", errors, StringComparison.Ordinal);
        Assert.Contains($"km plugins install {theirs} --replace-publisher", errors, StringComparison.Ordinal);
        Assert.Equal(
            ("denied", "PLG_PUB_001"),
            (_home.Audit[^1].GetProperty("decision").GetString(), _home.Audit[^1].GetProperty("code").GetString())
        );

        // What may do no more than before is not agreed to either.
        Assert.Equal(1, (await _home.RunAsync("plugins", "install", theirs, "--replace-publisher")).Status);
        await InstallAsync(theirs, "--replace-publisher");
        Assert.Contains("the name is taken from Trusted", _home.Audit[^1].GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(1, (await _home.RunAsync("plugins", "install", _home.Package(), "--yes")).Status);
    }

    [Fact]
    public async Task Removing_a_plugin_does_not_free_its_name()
    {
        await InstallAsync(_home.Package());
        Assert.Equal(0, (await _home.RunAsync("plugins", "remove", "forged", "--yes")).Status);
        var (status, _, errors) = await _home.RunAsync("plugins", "install", Theirs(), "--yes");
        Assert.Equal(1, status);
        Assert.Contains("[PLG_PUB_001]", errors, StringComparison.Ordinal);
        await InstallAsync(_home.Package());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_an_older_km_installed_keeps_its_name(bool isRemoved)
    {
        await InstallAsync(_home.Package());
        await File.WriteAllTextAsync(
            Path.Combine(_home.Path, "registry.json"),
            """{"plugins":{"forged":{"version":"1.2.3","highestSequence":5}}}""",
            TestContext.Current.CancellationToken
        );
        if (isRemoved)
            Assert.Equal(0, (await _home.RunAsync("plugins", "remove", "forged", "--yes")).Status);
        Assert.Contains("[PLG_PUB_001]", (await _home.RunAsync("plugins", "install", Theirs(), "--yes")).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rotated_keys_are_the_same_publisher()
    {
        await InstallAsync(_home.Package());
        using var key = RSA.Create(3072);
        var authority = TestAuthority.Trusted;
        await InstallAsync(_home.Package(forge => forge.Signer = authority.Sign(authority.IssueLeaf(key), key), "rotated.kmpkg"));
    }

    [Fact]
    public async Task Another_publisher_does_not_get_what_the_first_one_stored()
    {
        Modes.Folder(Path.Combine(_home.Path, "state"));
        await File.WriteAllTextAsync(
            Path.Combine(Modes.Folder(FirstState), "kept"),
            "the first one's",
            TestContext.Current.CancellationToken
        );
        await InstallTestPluginAsync(isTheirs: false);
        Assert.Equal(FirstState, await StateAsync());

        await InstallTestPluginAsync(isTheirs: true);
        var theirs = await StateAsync();
        Assert.StartsWith(FirstState + "@", theirs, StringComparison.Ordinal);
        Assert.True(Directory.Exists(theirs));
        Assert.False(File.Exists(Path.Combine(theirs, "kept")));

        // And the first one finds its own again.
        await InstallTestPluginAsync(isTheirs: false);
        Assert.Equal(FirstState, await StateAsync());
        Assert.True(File.Exists(Path.Combine(FirstState, "kept")));
        Assert.Equal(0, (await _home.RunAsync("plugins", "remove", "test-plugin", "--yes")).Status);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_home.Path, "state")));
    }

    [Fact]
    public async Task A_root_of_somebody_else_is_not_shown_as_Kilometers()
    {
        using var key = RSA.Create(3072);
        using var certificate = RootCertificate.Create(key, "KiIometers", isDevelopment: false, DateTimeOffset.UtcNow.AddDays(-1));
        await File.WriteAllTextAsync(_home.File("theirs.pem"), certificate.ExportCertificatePem(), TestContext.Current.CancellationToken);
        var (status, _, errors) = await _home.RunAsync("trust", "add", _home.File("theirs.pem"), "--yes");
        Assert.Equal(0, status);
        Assert.Contains("[CFG_TRU_002]", errors, StringComparison.Ordinal);
        var listed = JsonElement.Parse((await _home.RunAsync("trust", "list", "--json")).Output).EnumerateArray().ToList();
        Assert.All(listed.Where(root => root.GetProperty("source").GetString() != "km itself"), root =>
            Assert.Equal("user", root.GetProperty("origin").GetString())
        );
        Assert.True(
            listed
                .Single(root => root.GetProperty("subject").GetString()!.Contains("KiIometers", StringComparison.Ordinal))
                .GetProperty("isImpostor")
                .GetBoolean()
        );
        var table = (await _home.RunAsync("trust", "list")).Output;
        Assert.Contains("not Kilometers' own", table, StringComparison.Ordinal);
        Assert.Matches(@"CN=Trusted root.* added by you on 20\d\d-\d\d-\d\d ", table);
    }

    [Fact]
    public async Task Every_place_that_names_a_signer_says_which_root_vouches()
    {
        var root = $@"the root added by you on 20\d\d-\d\d-\d\d \(""Trusted root"", {TestAuthority.Trusted.Root.Fingerprint[..16]}\)";
        var installed = await _home.RunAsync("plugins", "install", _home.Package(), "--yes");
        Assert.Matches($"signed by Trusted publisher, under {root}", installed.Errors);
        Assert.Matches($"Trusted publisher, under {root}", (await _home.RunAsync("plugins", "status", "forged")).Output);
        var listed = JsonElement.Parse((await _home.RunAsync("plugins", "list", "--json")).Output)[0];
        Assert.Equal("Trusted", listed.GetProperty("publisher").GetString());
        Assert.Matches(root, listed.GetProperty("root").GetString());
        Assert.Contains("Trusted (root added by you on ", (await _home.RunAsync("plugins", "list")).Output, StringComparison.Ordinal);
        await File.WriteAllTextAsync(
            Path.Combine(Modes.Folder(Path.Combine(_home.Path, "config")), "policy.json"),
            $$$"""{"version":1,"publishers":{"deny":[{"root":"{{{TestAuthority.Trusted.Root.Fingerprint}}}"}]}}""",
            TestContext.Current.CancellationToken
        );
        var refused = JsonElement
            .Parse((await _home.RunAsync("plugins", "status", "forged", "--json")).Output)
            .GetProperty("installed")[0]
            .GetProperty("plugin");
        Assert.Equal("PLG_POL_002", refused.GetProperty("code").GetString());
        Assert.Matches(root, refused.GetProperty("reason").GetString());
    }

    private string Theirs() => _home.Package(forge => forge.Signer = TestAuthority.Unknown.Publisher, "theirs.kmpkg");

    private async Task InstallAsync(string package, params string[] options)
    {
        var (status, _, errors) = await _home.RunAsync(["plugins", "install", package, "--yes", .. options]);
        Assert.True(status == 0, errors);
    }

    private async Task InstallTestPluginAsync(bool isTheirs)
    {
        var folder = Path.GetDirectoryName(Programs.TestPlugin)!;
        var package = _home.File("test-plugin.kmpkg");
        await File.WriteAllBytesAsync(
            package,
            PackageForge.Build(forge =>
            {
                forge.Files =
                [
                    .. Directory
                        .EnumerateFiles(folder)
                        .Where(file => !file.EndsWith(".xml", StringComparison.Ordinal) && !file.EndsWith(".pdb", StringComparison.Ordinal))
                        .Order(StringComparer.Ordinal)
                        .Select(file => new ForgedFile(Path.GetFileName(file), File.ReadAllBytes(file), file == Programs.TestPlugin)),
                ];
                forge.Manifest = manifest =>
                    manifest with
                    {
                        Name = "test-plugin",
                        Version = "1.2.3",
                        Entrypoint = "km-plugin-test-plugin",
                        Capabilities = new() { StateDirectory = true },
                    };
                if (isTheirs)
                    forge.Signer = TestAuthority.Unknown.Publisher;
            }),
            TestContext.Current.CancellationToken
        );
        await InstallAsync(package, "--replace-publisher");
    }

    /// <returns>The state directory that the running plugin says it has.</returns>
    private async Task<string> StateAsync()
    {
        await using var km = KmProcess.Monitor([], ["cat"], _home.Environment);
        await Wait.ForAsync(() => km.Errors.Contains("✓ test-plugin v1.2.3", StringComparison.Ordinal), () => km.Errors);
        await km.SendAsync("""{"jsonrpc":"2.0","method":"test/given"}""");
        await Wait.ForAsync(
            () =>
                km.Errors.Contains("given: ", StringComparison.Ordinal)
                && km.Errors.Split("given: ")[1].Contains('\n', StringComparison.Ordinal),
            () => km.Errors
        );
        var given = km.Errors.Split("given: ")[1].Split('\n')[0];
        Assert.Equal(0, await km.FinishAsync());
        return given.Split("state=")[1].Split(' ')[0];
    }
}
