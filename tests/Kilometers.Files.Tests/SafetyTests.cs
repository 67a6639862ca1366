using System.Diagnostics;

namespace Kilometers.Files.Tests;

/// <summary>Who else could change a file or a directory.</summary>
public sealed class SafetyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("km-files-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhyUnsafe_TheUsersOwn_IsNull(bool isFolder) => Assert.Null(PrivateFile.WhyUnsafe(Make(isFolder)));

    [Theory]
    [InlineData(false, UnixFileMode.GroupWrite)]
    [InlineData(false, UnixFileMode.OtherWrite)]
    [InlineData(true, UnixFileMode.GroupWrite)]
    [InlineData(true, UnixFileMode.OtherWrite)]
    public void WhyUnsafe_OthersMayWrite_SaysSo(bool isFolder, UnixFileMode others)
    {
        var path = Make(isFolder);
        File.SetUnixFileMode(path, File.GetUnixFileMode(path) | others);
        Assert.Equal("Other users may write to it.", PrivateFile.WhyUnsafe(path));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhyUnsafe_OthersMayRead_IsNull(bool isFolder)
    {
        var path = Make(isFolder);
        File.SetUnixFileMode(path, File.GetUnixFileMode(path) | UnixFileMode.OtherRead | UnixFileMode.GroupExecute);
        Assert.Null(PrivateFile.WhyUnsafe(path));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhyUnsafe_Link_SaysSo(bool isFolder)
    {
        var link = Path.Combine(_folder, "link");
        File.CreateSymbolicLink(link, Make(isFolder));
        Assert.Equal("It is a symbolic link.", PrivateFile.WhyUnsafe(link));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhyUnsafe_BelongsToAnotherUser_SaysSo(bool isFolder)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "another user's file: only root can make one");
        var path = Make(isFolder);
        using var chown = Process.Start("chown", ["65534", path]);
        chown.WaitForExit();
        Assert.Equal("It belongs to another user (65534).", PrivateFile.WhyUnsafe(path));
        Assert.Equal(65534u, PrivateFile.OwnerOf(path));
    }

    [Fact]
    public void OwnerOf_OwnFile_IsTheCurrentUser() => Assert.Equal(PrivateFile.CurrentUser(), PrivateFile.OwnerOf(Make(isFolder: false)));

    [Fact]
    public void OwnerOf_Missing_IsNull() => Assert.Null(PrivateFile.OwnerOf(Path.Combine(_folder, "none")));

    private string Make(bool isFolder)
    {
        var path = Path.Combine(_folder, isFolder ? "folder" : "file");
        if (isFolder)
            PrivateFile.CreateDirectory(path);
        else
            PrivateFile.CreateNew(path).Dispose();
        return path;
    }
}
