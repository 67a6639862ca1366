using System.Text.Json;

namespace Kilometers.Cli.Tests.Commands.Compliance;

/// <summary><c>km compliance</c> as users without a subscription run it.</summary>
public sealed class ComplianceCommandTests : IDisposable
{
    private readonly RecordedHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Without_the_feature_it_says_what_it_needs_and_what_stays()
    {
        _home.WithAll();
        var (status, output, errors) = await RealKm.RunAsync(_home.Home, "compliance");
        Assert.Equal((1, ""), (status, output));
        Assert.Contains("[CMP_TIER_001]", errors, StringComparison.Ordinal);
        Assert.Contains("compliance_reporting", errors, StringComparison.Ordinal);
        Assert.Contains("km audit show", errors, StringComparison.Ordinal);
        (status, output, _) = await RealKm.RunAsync(_home.Home, "compliance", "--json", "--offline");
        Assert.Equal(1, status);
        Assert.Equal("CMP_TIER_001", JsonElement.Parse(output).GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(0, (await RealKm.RunAsync(_home.Home, "audit", "show")).Status);
        Assert.Equal(0, (await RealKm.RunAsync(_home.Home, "guard", "show", "files")).Status);
    }

    [Fact]
    public async Task The_file_of_controls_can_be_printed_and_a_mistake_in_one_is_named()
    {
        var (status, output, _) = await RealKm.RunAsync(_home.Home, "compliance", "controls");
        Assert.Equal(0, status);
        var file = Path.Combine(_home.Home, "controls.json");
        await File.WriteAllTextAsync(file, output, TestContext.Current.CancellationToken);
        var (_, _, errors) = await RealKm.RunAsync(_home.Home, "compliance", "--controls", file);
        Assert.Contains("[CMP_TIER_001]", errors, StringComparison.Ordinal);
        await File.WriteAllTextAsync(
            file,
            output.Replace("\"proof\", \"gaps\"", "\"proofs\", \"gaps\"", StringComparison.Ordinal),
            TestContext.Current.CancellationToken
        );
        (status, _, errors) = await RealKm.RunAsync(_home.Home, "compliance", "--controls", file);
        Assert.Equal(1, status);
        Assert.Contains("[CMP_CTL_001]", errors, StringComparison.Ordinal);
        Assert.Contains("controls.json, line 10, column 24: it must be a section of the report", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_period_that_ends_before_it_begins_is_a_mistake()
    {
        var (status, _, errors) = await RealKm.RunAsync(_home.Home, "compliance", "--since", "2026-12-01", "--until", "2026-11-01");
        Assert.NotEqual(0, status);
        Assert.Contains("[CFG_ARG_001]", errors, StringComparison.Ordinal);
    }
}
