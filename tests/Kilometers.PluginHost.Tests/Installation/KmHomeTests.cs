using Kilometers.Contracts;
using Kilometers.PluginHost.Installation;

namespace Kilometers.PluginHost.Tests.Installation;

/// <summary>Where km keeps what decides whom it trusts: never below the current directory, never where others may write.</summary>
public sealed class KmHomeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Find_Named_IsThat() => Assert.Equal(new KmHome(_folder["km"], null), KmHome.Find(_folder["km"], () => null));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Find_NotNamed_IsInTheUsersHome(string? named) =>
        Assert.Equal(new KmHome(_folder[".km"], null), KmHome.Find(named, () => _folder.Path));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(".km")]
    [InlineData("~/.km")]
    [InlineData("./")]
    public void Find_NoUsableDirectory_IsAProblemAndAPlaceWhereNothingCanBe(string? named)
    {
        var home = KmHome.Find(named, () => null);
        Assert.Equal(ErrorCode.HomeMissing, home.Problem?.Code);
        Assert.True(Path.IsPathFullyQualified(home.Path));
        Assert.ThrowsAny<IOException>(() => Directory.CreateDirectory(home.Path));
    }

    [Fact]
    public void Find_OthersMayWriteThere_IsAProblem()
    {
        var shared = _folder["shared"];
        Directory.CreateDirectory(shared);
        File.SetUnixFileMode(shared, (UnixFileMode)0x1FF);
        File.SetUnixFileMode(_folder.Path, (UnixFileMode)0x1ED);
        var home = KmHome.Find(null, () => shared);
        Assert.Equal(ErrorCode.HomeUntrusted, home.Problem?.Code);
        Assert.Contains(shared, home.Problem?.Detail, StringComparison.Ordinal);
    }
}
