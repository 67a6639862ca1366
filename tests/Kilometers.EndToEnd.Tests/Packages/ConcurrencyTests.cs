using System.Text.RegularExpressions;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Packages;

/// <summary>Several km at once on one user's plugins.</summary>
public sealed partial class ConcurrencyTests : IDisposable
{
    private const int Rounds = 12;
    private readonly KmHomeFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Installing_removing_and_monitoring_at_once_never_runs_or_leaves_half_a_plugin()
    {
        var old = _home.Package();
        var newer = _home.Package(
            forge => forge.Manifest = manifest => manifest with { Version = "1.3.0", ReleaseSequence = 6 },
            "newer.kmpkg"
        );
        var codes = await Task.WhenAll(
            RepeatAsync(["plugins", "install", old, "--yes", "--allow-downgrade"]),
            RepeatAsync(["plugins", "install", newer, "--yes", "--allow-downgrade"]),
            RepeatAsync(["plugins", "remove", "forged", "--yes"]),
            RepeatAsync(["plugins", "list"]),
            RepeatAsync(["monitor", "--", "sh", "-c", "sleep 0.3"])
        );

        // The package's program is not a plugin, so it ends before its handshake. Else only that nothing is installed just now, that the package
        // was exchanged between two looks, or that the older one came after the registry was read: refused, as it must be.
        // So is an update whose installed version another km removed after the user was asked (PLG_CON_001): it would be a first installation now.
        var unexpected = codes
            .SelectMany(code => code)
            .Except([
                "PLG_CON_001",
                "PLG_RUN_001",
                "PLG_RUN_002",
                "PLG_RUN_003",
                "PLG_INS_001",
                "PLG_INS_006",
                "PLG_PKG_004",
                "PLG_CMP_004",
            ]);
        Assert.Empty(unexpected);
        Assert.Empty(_home.Plugins.Except(["forged.kmpkg"]));
        Assert.Equal(0, (await _home.RunAsync("plugins", "install", newer, "--yes", "--allow-downgrade")).Status);
        Assert.Equal(0, (await _home.RunAsync("plugins", "verify", "--all")).Status);
        var audit = await _home.RunAsync("audit", "verify");
        Assert.True(audit.Status == 0, audit.Output + audit.Errors);
    }

    /// <summary>One removes what killed ones left; what another is only just making is no such thing.</summary>
    [Fact]
    public async Task Installations_at_once_do_not_disturb_each_other()
    {
        var package = _home.Package();
        var codes = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => RepeatAsync(["plugins", "install", package, "--yes"])));
        Assert.Empty(codes.SelectMany(code => code));
        Assert.Equal(["forged.kmpkg"], _home.Plugins);
    }

    private async Task<IEnumerable<string>> RepeatAsync(string[] command)
    {
        var codes = new List<string>();
        for (var i = 0; i < Rounds; i++)
            codes.AddRange(Code().Matches((await _home.RunAsync(command)).Errors).Select(match => match.Groups[1].Value));
        return codes.Distinct().Except(["PLG_DEV_002"]); // said at each installation: the root of the tests is one of development
    }

    [GeneratedRegex(@"\[([A-Z]+_[A-Z]+_\d{3})\]")]
    private static partial Regex Code();
}
