using System.Diagnostics;

namespace Kilometers.Files.Tests;

/// <summary>Who else could change what a path leads to, by any part of it.</summary>
public sealed class TrustedPathTests : IDisposable
{
    private const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Entered = Mine | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private readonly string _folder = Directory.CreateTempSubdirectory("km-files-").FullName;

    public TrustedPathTests() => File.SetUnixFileMode(_folder, Entered);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void WhyUntrusted_OwnFileInOwnFolder_IsNull() => Assert.Null(TrustedPath.WhyUntrusted(MakeFile("a/b/file")));

    [Fact]
    public void WhyUntrusted_NotThereYet_IsNull() => Assert.Null(TrustedPath.WhyUntrusted(Path.Combine(_folder, "none/at/all")));

    [Theory]
    [InlineData("")]
    [InlineData(".km")]
    [InlineData("./x")]
    public void WhyUntrusted_RelativePath_SaysSo(string path) =>
        Assert.Contains("not an absolute path", TrustedPath.WhyUntrusted(path), StringComparison.Ordinal);

    [Theory]
    [InlineData("a/b/file", UnixFileMode.OtherWrite)]
    [InlineData("a/b", UnixFileMode.OtherWrite)]
    [InlineData("a/b", UnixFileMode.GroupWrite)]
    [InlineData("a", UnixFileMode.OtherWrite)]
    public void WhyUntrusted_OthersMayWriteToAPart_NamesIt(string part, UnixFileMode others)
    {
        var file = MakeFile("a/b/file");
        File.SetUnixFileMode(Path.Combine(_folder, part), Entered | others);
        Assert.Equal($"Other users may write to {Path.Combine(_folder, part)}.", TrustedPath.WhyUntrusted(file));
    }

    [Fact]
    public void WhyUntrusted_OthersCannotReachWhatTheyMayWriteTo_IsNull()
    {
        var file = MakeFile("a/b/file");
        File.SetUnixFileMode(file, Entered | UnixFileMode.GroupWrite);
        File.SetUnixFileMode(Path.Combine(_folder, "a"), Mine);
        Assert.Null(TrustedPath.WhyUntrusted(file));
    }

    [Fact]
    public void WhyUntrusted_OwnFileInAStickyFolder_IsNullButNotTheFolderItself()
    {
        var file = MakeFile("a/file");
        var folder = Path.GetDirectoryName(file)!;
        File.SetUnixFileMode(folder, Entered | UnixFileMode.OtherWrite | UnixFileMode.StickyBit);
        Assert.Null(TrustedPath.WhyUntrusted(file));
        Assert.Null(TrustedPath.WhyUntrustedParent(folder));
        Assert.NotNull(TrustedPath.WhyUntrusted(folder));
    }

    [Fact]
    public void WhyUntrustedParent_OpenFolderWithoutStickyBit_SaysSo()
    {
        var folder = Path.GetDirectoryName(MakeFile("a/file"))!;
        File.SetUnixFileMode(folder, Entered | UnixFileMode.OtherWrite);
        Assert.NotNull(TrustedPath.WhyUntrustedParent(folder));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WhyUntrusted_ThroughALink_LooksAtWhatItLeadsTo(bool isAbsolute)
    {
        var file = MakeFile("a/b/file");
        Directory.CreateDirectory(Path.Combine(_folder, "closed"), Mine);
        var link = Path.Combine(_folder, "closed/link");
        Directory.CreateSymbolicLink(link, isAbsolute ? Path.Combine(_folder, "a") : "../a");
        var path = Path.Combine(link, "b/file");
        Assert.Null(TrustedPath.WhyUntrusted(path));

        // Outside of the closed directory again.
        File.SetUnixFileMode(Path.GetDirectoryName(file)!, Entered | UnixFileMode.OtherWrite);
        Assert.Contains("/a/b.", TrustedPath.WhyUntrusted(path), StringComparison.Ordinal);
    }

    [Fact]
    public void WhyUntrusted_LinksInACircle_SaysSo()
    {
        File.CreateSymbolicLink(Path.Combine(_folder, "one"), "two");
        File.CreateSymbolicLink(Path.Combine(_folder, "two"), "one");
        Assert.Contains("leads nowhere", TrustedPath.WhyUntrusted(Path.Combine(_folder, "one/x")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("a/b")]
    [InlineData("a/b/file")]
    public void WhyUntrusted_APartBelongsToAnotherUser_NamesIt(string part)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "another user's file: only root can make one");
        var file = MakeFile("a/b/file");
        using var chown = Process.Start("chown", ["65534", Path.Combine(_folder, part)]);
        chown.WaitForExit();
        Assert.Equal($"{Path.Combine(_folder, part)} belongs to another user (65534).", TrustedPath.WhyUntrusted(file));
        var error = Assert.Throws<IOException>(() => PrivateFile.ReadTrusted(file, 100));
        Assert.Contains("belongs to another user", error.Message, StringComparison.Ordinal);
    }

    private string MakeFile(string name)
    {
        var path = Path.Combine(_folder, name);
        PrivateFile.WriteNew(path, "content"u8);
        for (var folder = Path.GetDirectoryName(path)!; folder != _folder; folder = Path.GetDirectoryName(folder)!)
            File.SetUnixFileMode(folder, Entered);
        return path;
    }
}
