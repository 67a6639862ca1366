using System.Text.RegularExpressions;
using CsCheck;
using Kilometers.Contracts.Packages;

namespace Kilometers.Contracts.Tests.Packages;

public sealed partial class PluginNameTests
{
    [Theory]
    [InlineData("ab")]
    [InlineData("console-logger")]
    [InlineData("a0")]
    [InlineData("a-")]
    [InlineData("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz01234567890")]
    public void IsValid_Name_IsTrue(string name) => Assert.True(PluginName.IsValid(name));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("0a")]
    [InlineData("-a")]
    [InlineData("Ab")]
    [InlineData("aB")]
    [InlineData("a_b")]
    [InlineData("a.b")]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("a\\b")]
    [InlineData("a b")]
    [InlineData("ab\n")]
    [InlineData("ab\0")]
    [InlineData("\u00e4b")]
    [InlineData("a\u0661")]
    [InlineData("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz012345678901")]
    public void IsValid_AnythingElse_IsFalse(string? name) => Assert.False(PluginName.IsValid(name));

    [Theory]
    [InlineData("kilometers", true)]
    [InlineData("kilometers-api", true)]
    [InlineData("km-audit", true)]
    [InlineData("kmpkg", true)]
    [InlineData("nul", true)]
    [InlineData("com7", true)]
    [InlineData("kmeans", false)]
    [InlineData("api", false)]
    [InlineData("console-logger", false)]
    [InlineData("comb", false)]
    [InlineData("auxiliary", false)]
    public void IsReserved_PartsOfKmAndDevices_IsTrue(string name, bool isReserved) =>
        Assert.Equal(isReserved, PluginName.IsReserved(name));

    [Fact]
    public void IsValid_AnyText_IsTheGrammarOfThePlan() =>
        Gen.String[Gen.Char["abz019-_.A/\u00e9\n"], 0, 66]
            .Sample(text => Assert.Equal(Grammar().IsMatch(text), PluginName.IsValid(text)), iter: 20_000);

    [GeneratedRegex(@"\A[a-z][a-z0-9-]{1,62}\z")]
    private static partial Regex Grammar();
}
