using System.Text;
using System.Text.Json;
using Kilometers.Contracts.Packages;

namespace Kilometers.Contracts.Tests.Packages;

public sealed class PackageJsonTests
{
    private const string Minimal = """
        {"name":"a-b","version":"1.0.0","releaseSequence":1,"description":"d","author":"a","category":"logging","requiredTier":"Free",
        "protocolVersions":[1],"minimumCliVersion":"1.0.0","entrypoint":"run"}
        """;

    [Fact]
    public void ReadDescription_LeastThatThereMustBe_HasDefaultsForTheRest()
    {
        var plugin = PackageJson.ReadDescription(Encoding.UTF8.GetBytes(Minimal));
        Assert.Empty(plugin.Features);
        Assert.Empty(plugin.Capabilities.Network);
        Assert.False(plugin.Capabilities.StateDirectory);
        Assert.Equal(new ResourceLimits(), plugin.Limits);
        Assert.Equal("best_effort", plugin.Delivery);
        Assert.Null(plugin.MaximumCliVersion);
        Assert.Empty(ManifestRules.Check(plugin));
    }

    [Fact]
    public void ReadDescription_CapabilitiesWithoutAll_HaveDefaultsForTheRest() =>
        Assert.Empty(
            PackageJson
                .ReadDescription(
                    Encoding.UTF8.GetBytes(
                        Minimal.Replace(
                            "\"entrypoint\"",
                            "\"capabilities\":{\"stateDirectory\":true},\"entrypoint\"",
                            StringComparison.Ordinal
                        )
                    )
                )
                .Capabilities.Network
        );

    [Theory]
    [InlineData("\"name\":\"a-b\"", "\"name\":null")]
    [InlineData("\"name\":\"a-b\",", "")]
    [InlineData("\"name\":\"a-b\"", "\"Name\":\"a-b\"")]
    [InlineData("\"name\":\"a-b\"", "\"name\":\"a-b\",\"name\":\"a-b\"")]
    [InlineData("\"name\":\"a-b\"", "\"name\":\"a-b\",\"homepage\":\"x\"")]
    [InlineData("\"name\":\"a-b\"", "/* comment */\"name\":\"a-b\"")]
    [InlineData("\"releaseSequence\":1", "\"releaseSequence\":\"1\"")]
    [InlineData("\"releaseSequence\":1", "\"releaseSequence\":1e400")]
    [InlineData("\"protocolVersions\":[1]", "\"protocolVersions\":null")]
    [InlineData("\"protocolVersions\":[1]", "\"protocolVersions\":[1,]")]
    [InlineData("\"protocolVersions\":[1]", "\"protocolVersions\":[null]")]
    [InlineData("\"entrypoint\":\"run\"", "\"entrypoint\":\"run\",\"features\":null")]
    public void ReadDescription_OtherForm_IsRefused(string from, string to)
    {
        Assert.Contains(from, Minimal, StringComparison.Ordinal);
        Assert.Throws<JsonException>(() =>
            PackageJson.ReadDescription(Encoding.UTF8.GetBytes(Minimal.Replace(from, to, StringComparison.Ordinal)))
        );
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{} {}")]
    public void ReadStatement_NoStatement_IsRefused(string json) =>
        Assert.Throws<JsonException>(() => PackageJson.ReadStatement(Encoding.UTF8.GetBytes(json)));
}
