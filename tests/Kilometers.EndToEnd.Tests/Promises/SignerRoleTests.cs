using Kilometers.Contracts.Packages;
using Kilometers.EndToEnd.Tests.Running;
using Kilometers.Packaging.Tests.Forging;

namespace Kilometers.EndToEnd.Tests.Promises;

/// <summary>Who may sign plugins signs no release of km, and the other way round, with whatever tool and keys.</summary>
public sealed class SignerRoleTests : IDisposable
{
    private readonly KmHomeFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task A_plugin_signed_by_the_publisher_of_km_is_neither_verified_nor_installed()
    {
        var package = _home.Package(forge => forge.Signer = TestAuthority.Trusted.KmPublisher);
        var (status, _, errors) = await _home.RunAsync("plugins", "install", package, "--yes");
        Assert.Equal(1, status);
        Assert.Contains("[PLG_SIG_008]", errors, StringComparison.Ordinal);
        var root = Path.Combine(_home.Path, "trust.d", "test.pem");
        var verified = await Shell.RunAsync(
            "exec \"$1\" verify \"$2\" --root \"$3\"",
            _home.Environment,
            null,
            Programs.Kmpkg,
            package,
            root
        );
        Assert.NotEqual(0, verified.Status);
        Assert.Contains("PLG_SIG_008", verified.Output + verified.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(_home.Plugins, file => file.EndsWith(".kmpkg", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("leaf-1", true, "--km")]
    [InlineData("leaf-1", true, "")]
    [InlineData("km-leaf-1", false, "--km")]
    [InlineData("km-leaf-1", false, "")]
    public async Task Kmpkg_signs_nothing_with_a_leaf_of_the_other_kind(string leaf, bool isKm, string option)
    {
        var keys = await KeysAsync();
        var folder = Path.Combine(keys, leaf);
        Assert.True(Directory.Exists(folder), string.Join(' ', Directory.GetDirectories(keys)));
        var package = isKm ? Release() : _home.Package();
        var before = await File.ReadAllBytesAsync(package, TestContext.Current.CancellationToken);
        var signer =
            $"openssl pkeyutl -sign -inkey {folder}/key.pem -pkeyopt digest:sha256 -pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:32";
        var (status, _, errors) = await Shell.RunAsync(
            $"exec \"$1\" sign \"$2\" --certificate \"$3\" --signer \"$4\" {option}",
            _home.Environment,
            null,
            Programs.Kmpkg,
            package,
            Path.Combine(folder, "chain.pem"),
            signer
        );
        Assert.True(status != 0, errors);
        Assert.Contains("[PLG_SIG_008]", errors, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(package, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_server_that_has_every_key_but_those_of_km_makes_no_release_of_km()
    {
        var keys = await KeysAsync();
        foreach (var folder in Directory.GetDirectories(keys, "km-*"))
            Directory.Delete(folder, recursive: true);
        File.Delete(Path.Combine(keys, "root", "key.pem"));
        foreach (var command in new[] { "keys leaf --km", "keys rotate --km" })
        {
            var (status, _, errors) = await Shell.RunAsync(
                $"exec \"$1\" {command} --keys \"$2\"",
                _home.Environment,
                null,
                Programs.Kmpkg,
                keys
            );
            Assert.True(status != 0, errors);
        }

        // What it still can: sign plugins.
        var plugin = await Shell.RunAsync(
            "exec \"$1\" sign \"$2\" --keys \"$3\"",
            _home.Environment,
            null,
            Programs.Kmpkg,
            _home.Package(),
            keys
        );
        Assert.True(plugin.Status == 0, plugin.Errors);
        var km = await Shell.RunAsync(
            "exec \"$1\" sign --km \"$2\" --keys \"$3\"",
            _home.Environment,
            null,
            Programs.Kmpkg,
            Release(),
            keys
        );
        Assert.True(km.Status != 0, km.Errors);
    }

    /// <summary>A release of km, as its publisher would make it.</summary>
    private string Release() =>
        _home.Package(
            forge =>
            {
                forge.PredicateType = KmRelease.PredicateType;
                forge.Signer = TestAuthority.Trusted.KmPublisher;
                forge.Files = [new ForgedFile("km", PackageForge.Program(), true)];
                forge.Manifest = manifest => manifest with { Name = KmRelease.Name, Entrypoint = "km" };
            },
            "release.kmpkg"
        );

    private async Task<string> KeysAsync()
    {
        var keys = _home.File("keys");
        await ReadyMade.KeysAsync(keys);
        return keys;
    }
}
