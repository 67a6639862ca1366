using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Packages;

/// <summary>Every attack, through the real command: refused with its code, nothing written, nothing started, one record.</summary>
public sealed class AttackTests : IDisposable
{
    private readonly KmHomeFolder _home = new();

    public static TheoryData<string> Names => [.. AttackCorpus.Cases.Keys];

    public void Dispose() => _home.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public async Task An_attack_is_not_installed(string name)
    {
        var (code, change) = AttackCorpus.Cases[name];
        var package = _home.Package(change);
        var (status, output, errors) = await _home.RunAsync("plugins", "install", package, "--yes");

        Assert.Equal((1, ""), (status, output));
        Assert.Contains("❌ Plugin installation failed: ", errors, StringComparison.Ordinal);
        Assert.Contains($"[{code}]", errors, StringComparison.Ordinal);
        Assert.Empty(_home.Plugins);
        _home.AssertNothingStarted(errors);
        Assert.False(File.Exists("/tmp/escaped"));
        var record = Assert.Single(_home.Audit);
        Assert.Equal(
            ("plugin.install", "denied", code),
            (record.GetProperty("event").GetString(), record.GetProperty("decision").GetString(), record.GetProperty("code").GetString())
        );
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task An_attack_that_lies_in_the_plugin_directory_is_not_launched(string name)
    {
        // As if somebody had put it there, or had exchanged what was installed.
        var (code, change) = AttackCorpus.Cases[name];
        Modes.Folder(Path.Combine(_home.Path, "plugins"));
        File.Move(_home.Package(change), _home.Installed("forged"));
        await using var km = KmProcess.Monitor([], ["cat"], _home.Environment);
        await km.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"ping"}""");
        Assert.NotNull(await km.ReadLineAsync());
        await Wait.ForAsync(() => km.Errors.Contains($"[{code}]", StringComparison.Ordinal), () => $"{code}; {km.Errors}");

        Assert.Equal(0, await km.FinishAsync());
        _home.AssertNothingStarted(km.Errors);
        Assert.Equal(["forged.kmpkg"], _home.Plugins);
        var record = Assert.Single(_home.Audit);
        Assert.Equal(
            ("plugin.denied", "denied", code),
            (record.GetProperty("event").GetString(), record.GetProperty("decision").GetString(), record.GetProperty("code").GetString())
        );
    }

    [Fact]
    public async Task The_same_package_without_an_attack_is_installed()
    {
        var (status, _, errors) = await _home.RunAsync("plugins", "install", _home.Package(), "--yes");
        Assert.True(status == 0, errors);
        Assert.Equal(["forged.kmpkg"], _home.Plugins);
        _home.AssertNothingStarted(errors);
        var record = Assert.Single(_home.Audit);
        Assert.Equal(("plugin.install", "allowed"), (record.GetProperty("event").GetString(), record.GetProperty("decision").GetString()));
    }

    /// <summary>That nothing was started is seen by its first words, so these must be seen where it is.</summary>
    [Fact]
    public async Task The_same_package_without_an_attack_is_launched_and_its_first_words_are_seen()
    {
        Modes.Folder(Path.Combine(_home.Path, "plugins"));
        File.Move(_home.Package(), _home.Installed("forged"));
        await using var km = KmProcess.Monitor([], ["cat"], _home.Environment);
        await km.SaysAsync(KmHomeFolder.FirstWords);
        Assert.Equal(0, await km.FinishAsync());
    }
}
