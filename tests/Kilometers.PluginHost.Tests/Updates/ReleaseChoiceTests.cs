using Kilometers.Contracts;
using Kilometers.Contracts.Api;
using Kilometers.PluginHost.Updates;

namespace Kilometers.PluginHost.Tests.Updates;

public sealed class ReleaseChoiceTests
{
    private static readonly KmReleaseRecord[] Offered =
    [
        Release("2.0.0-rc.1", 5),
        Release("1.2.0", 4),
        Release("1.1.0", 3),
        Release("0.9.0", 1),
    ];

    [Theory]
    [InlineData("1.1.0", "1.2.0")]
    [InlineData("1.2.0", null)]
    [InlineData("1.3.0", null)]
    [InlineData("2.0.0-beta", "2.0.0-rc.1")]
    [InlineData("2.0.0", null)]
    public void Choose_WithoutAVersion_TakesTheNewestFinishedOne(string current, string? chosen) =>
        Assert.Equal(chosen, ReleaseChoice.Choose(Offered, current, null, false)?.Version);

    [Fact]
    public void Choose_OfNothing_IsNothing() => Assert.Null(ReleaseChoice.Choose([], "1.0.0", null, false));

    [Fact]
    public void Choose_AVersion_TakesIt()
    {
        Assert.Equal("2.0.0-rc.1", ReleaseChoice.Choose(Offered, "1.1.0", "2.0.0-rc.1", false)?.Version);
        Assert.Null(ReleaseChoice.Choose(Offered, "1.1.0", "1.1.0", false));
        Assert.Equal("0.9.0", ReleaseChoice.Choose(Offered, "1.1.0", "0.9.0", true)?.Version);
    }

    [Theory]
    [InlineData("0.9.0", ErrorCode.UpdateDowngrade)]
    [InlineData("1.5.0", ErrorCode.NoSuchRelease)]
    [InlineData("newest", ErrorCode.InvalidArguments)]
    public void Choose_WhatCannotBe_SaysWhy(string wanted, string code) =>
        Assert.Equal(code, Assert.Throws<KmException>(() => ReleaseChoice.Choose(Offered, "1.1.0", wanted, false)).Error.Code);

    private static KmReleaseRecord Release(string version, long sequence) =>
        new()
        {
            Id = "kmr_" + sequence,
            Version = version,
            Platform = "linux-x64",
            ReleaseSequence = sequence,
            Size = 1,
            Sha256 = "",
            DownloadUrl = "",
            PublishedAt = DateTimeOffset.UnixEpoch,
        };
}
