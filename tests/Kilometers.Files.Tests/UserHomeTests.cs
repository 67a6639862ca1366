using System.Diagnostics;

namespace Kilometers.Files.Tests;

/// <summary>The home directory where the environment names none that can be used.</summary>
public sealed class UserHomeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("km-files-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Find_TheEnvironmentNamesOne_DoesNotAskTheList() =>
        Assert.Equal(_folder, UserHome.Find(_folder, () => throw new InvalidOperationException()));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("relative")]
    [InlineData("/nonexistent")]
    [InlineData("/etc/passwd")]
    public void Find_TheEnvironmentNamesNone_IsTheListed(string? named) => Assert.Equal(_folder, UserHome.Find(named, () => _folder));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("relative")]
    [InlineData("/nonexistent")]
    public void Find_NobodyNamesOne_IsNull(string? listed) => Assert.Null(UserHome.Find("/nonexistent", () => listed));

    [Fact]
    public void Find_TheEnvironmentNamesAnotherUsers_IsTheListed()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "another user's directory: only root can make one");
        var another = Directory.CreateDirectory(Path.Combine(_folder, "another")).FullName;
        using var chown = Process.Start("chown", ["65534", another]);
        chown.WaitForExit();
        Assert.Equal(_folder, UserHome.Find(another, () => _folder));
    }

    [Fact]
    public void Find_TheEnvironmentNamesOneThatCannotBeEntered_IsTheListed()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "root enters every directory");
        var closed = Directory.CreateDirectory(Path.Combine(_folder, "closed"), UnixFileMode.None).FullName;
        Assert.Equal(_folder, UserHome.Find(closed, () => _folder));
    }
}
