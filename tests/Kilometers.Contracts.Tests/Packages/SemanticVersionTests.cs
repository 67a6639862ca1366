using CsCheck;
using Kilometers.Contracts.Packages;

namespace Kilometers.Contracts.Tests.Packages;

public sealed class SemanticVersionTests
{
    // semver.org, section 11, and the suite of valid and invalid texts that its FAQ links.
    private static readonly string[] Rising =
    [
        "0.0.0-0",
        "0.0.0",
        "0.0.1",
        "0.1.0",
        "0.9.10",
        "0.10.0",
        "1.0.0-0",
        "1.0.0-2",
        "1.0.0-11",
        "1.0.0--",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "1.0.1",
        "2.0.0-18446744073709551616",
        "2.0.0-18446744073709551617",
        "2.0.0",
        "2147483647.0.0",
    ];

    [Fact]
    public void CompareTo_VersionsOfTheSpecification_AreInItsOrder()
    {
        var versions = Rising.Select(Parse).ToList();
        for (var i = 0; i < versions.Count; i++)
        {
            for (var j = 0; j < versions.Count; j++)
            {
                Assert.Equal(i.CompareTo(j), Math.Sign(versions[i].CompareTo(versions[j])));
                Assert.Equal(i == j, versions[i] == versions[j]);
                Assert.Equal(
                    (i < j, i <= j, i > j, i >= j),
                    (versions[i] < versions[j], versions[i] <= versions[j], versions[i] > versions[j], versions[i] >= versions[j])
                );
            }
        }
    }

    [Fact]
    public void CompareTo_BuildMetadata_IsNotCompared()
    {
        Assert.Equal(Parse("1.0.0+a"), Parse("1.0.0+b"));
        Assert.Equal(Parse("1.0.0+a").GetHashCode(), Parse("1.0.0+b").GetHashCode());
        Assert.Equal("1.0.0+a", Parse("1.0.0+a").ToString());
        Assert.True(Parse("0.0.0-0").CompareTo(null) > 0);
    }

    [Theory]
    [InlineData("1.2.3-alpha+001")]
    [InlineData("1.0.0+21AF26D3---117B344092BD")]
    [InlineData("1.2.3----RC-SNAPSHOT.12.9.1--.12+788")]
    [InlineData("1.0.0-0A.is.legal")]
    [InlineData("1.0.0+0.build.1-rc.10000aaa-kk-0.1")]
    [InlineData("1.0.0-alpha-a.b-c-somethinglong+build.1-aef.1-its-okay")]
    public void TryParse_ValidText_Parses(string text) => Assert.Equal(text, Parse(text).ToString());

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("1.2")]
    [InlineData("1.2.3.4")]
    [InlineData("v1.2.3")]
    [InlineData("01.1.1")]
    [InlineData("1.01.1")]
    [InlineData("1.1.01")]
    [InlineData("1.2.3-")]
    [InlineData("1.2.3+")]
    [InlineData("1.2.3-0123")]
    [InlineData("1.2.3-0123.0123")]
    [InlineData("1.1.2+.123")]
    [InlineData("+invalid")]
    [InlineData("-invalid")]
    [InlineData("alpha")]
    [InlineData("1.0.0-alpha_beta")]
    [InlineData("1.0.0-alpha..1")]
    [InlineData("1.2.3.DEV")]
    [InlineData("1.2-SNAPSHOT")]
    [InlineData("1.2.31----RC-SNAPSHOT.12.09.1--..12+788")]
    [InlineData("-1.0.3-gamma+b7718")]
    [InlineData("9.8.7+meta+meta")]
    [InlineData("2147483648.0.0")]
    [InlineData(" 1.2.3")]
    [InlineData("1.2.3\n")]
    [InlineData("\u0661.2.3")]
    public void TryParse_AnythingElse_IsFalse(string? text)
    {
        Assert.False(SemanticVersion.TryParse(text, out var version));
        Assert.Null(version);
    }

    [Fact]
    public void TryParse_LongText_IsFalse() => Assert.False(SemanticVersion.TryParse("1.0.0-" + new string('a', 123), out _));

    [Fact]
    public void CompareTo_AnyThree_IsAnOrder()
    {
        var versions = Gen.String[Gen.Char["019a-."], 1, 6]
            .Select(text => $"1.0.{text}")
            .Where(text => SemanticVersion.TryParse(text, out _))
            .Select(Parse);
        Gen.Select(versions, versions, versions)
            .Sample(
                (a, b, c) =>
                {
                    Assert.Equal(Math.Sign(a.CompareTo(b)), -Math.Sign(b.CompareTo(a)));
                    if (a <= b && b <= c)
                        Assert.True(a <= c);
                    if (a == b)
                        Assert.Equal(a.GetHashCode(), b.GetHashCode());
                },
                iter: 20_000
            );
    }

    private static SemanticVersion Parse(string text) =>
        SemanticVersion.TryParse(text, out var version) ? version : throw new FormatException(text);
}
