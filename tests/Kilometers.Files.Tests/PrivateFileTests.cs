using System.Text;

namespace Kilometers.Files.Tests;

public sealed class PrivateFileTests : IDisposable
{
    private const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode FolderMode = FileMode | UnixFileMode.UserExecute;
    private readonly string _folder = Directory.CreateTempSubdirectory("km-files-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void CreateDirectory_SeveralMissing_AreAllTheUsersAlone()
    {
        PrivateFile.CreateDirectory(At("a/b/c"));
        Assert.All(["a", "a/b", "a/b/c"], path => Assert.Equal(FolderMode, File.GetUnixFileMode(At(path))));
    }

    [Fact]
    public void CreateDirectory_IsThere_StaysAsItIs()
    {
        Directory.CreateDirectory(At("a"), FolderMode | UnixFileMode.OtherRead);
        PrivateFile.CreateDirectory(At("a"));
        Assert.Equal(FolderMode | UnixFileMode.OtherRead, File.GetUnixFileMode(At("a")));
    }

    [Fact]
    public void CreateNew_NotThere_IsTheUsersAlone()
    {
        using (var file = PrivateFile.CreateNew(At("f")))
            file.Write("x"u8);
        Assert.Equal((FileMode, "x"), (File.GetUnixFileMode(At("f")), File.ReadAllText(At("f"))));
    }

    [Fact]
    public void CreateNew_IsThereOrIsALinkToNothing_Throws()
    {
        File.WriteAllText(At("f"), "old");
        File.CreateSymbolicLink(At("link"), At("nothing"));
        Assert.Throws<IOException>(() => PrivateFile.CreateNew(At("f")));
        Assert.Throws<IOException>(() => PrivateFile.CreateNew(At("link")));
        Assert.Equal("old", File.ReadAllText(At("f")));
        Assert.False(File.Exists(At("nothing")));
    }

    [Fact]
    public void OpenNoFollow_Missing_IsMadeOnlyWhereAsked()
    {
        Assert.Throws<FileNotFoundException>(() => PrivateFile.OpenNoFollow(At("f"), FileAccess.ReadWrite, create: false));
        PrivateFile.OpenNoFollow(At("f"), FileAccess.ReadWrite, create: true).Dispose();
        Assert.Equal(FileMode, File.GetUnixFileMode(At("f")));
    }

    [Fact]
    public async Task OpenNoFollow_ManyMakeItAtOnce_AllOpenIt()
    {
        for (var round = 0; round < 300; round++)
        {
            var path = At($"f{round}");
            using var start = new Barrier(4);
            var threads = Enumerable
                .Range(0, 4)
                .Select(_ =>
                    Task.Factory.StartNew(
                        () =>
                        {
                            start.SignalAndWait();
                            PrivateFile.OpenNoFollow(path, FileAccess.ReadWrite, create: true).Dispose();
                        },
                        TestContext.Current.CancellationToken,
                        TaskCreationOptions.LongRunning,
                        TaskScheduler.Default
                    )
                )
                .ToArray();
            await Task.WhenAll(threads);
        }
    }

    [Theory]
    [InlineData("f", false)]
    [InlineData("f", true)]
    [InlineData("nothing", true)]
    public void OpenNoFollow_Link_Throws(string target, bool create)
    {
        File.WriteAllText(At("f"), "x");
        File.CreateSymbolicLink(At("link"), At(target));
        var error = Assert.Throws<IOException>(() => PrivateFile.OpenNoFollow(At("link"), FileAccess.ReadWrite, create));
        Assert.Contains("symbolic link", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(At("nothing")));
    }

    [Fact]
    public void OpenNoFollow_PipeOrDirectory_ThrowsAndDoesNotWait()
    {
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", [At("pipe")]))
            mkfifo.WaitForExit();
        foreach (var path in new[] { At("pipe"), _folder })
        {
            var error = Assert.Throws<IOException>(() => PrivateFile.OpenNoFollow(path, FileAccess.Read, create: false));
            Assert.Contains("not a plain file", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void OpenNoFollow_BelowAFile_SaysWhy()
    {
        File.WriteAllText(At("f"), "x");
        var error = Assert.Throws<IOException>(() => PrivateFile.OpenNoFollow(At("f/g"), FileAccess.Read, create: false));
        Assert.Contains("Not a directory", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(FileAccess.Read, "0")]
    [InlineData(FileAccess.Write, "1")]
    [InlineData(FileAccess.ReadWrite, "2")]
    public void OpenNoFollow_AnyAccess_IsThatAccessAndNotInherited(FileAccess access, string digit)
    {
        File.WriteAllText(At("f"), "x");
        using var file = PrivateFile.OpenNoFollow(At("f"), access, create: false);
        var flags = File.ReadLines($"/proc/self/fdinfo/{file.DangerousGetHandle()}")
            .First(line => line.StartsWith("flags:", StringComparison.Ordinal));
        Assert.EndsWith(digit, flags, StringComparison.Ordinal);

        // O_CLOEXEC, octal.
        Assert.NotEqual(0, Convert.ToInt32(flags[6..].Trim(), 8) & Convert.ToInt32("2000000", 8));
    }

    [Fact]
    public void ReadAll_File_GivesItsBytesUpToTheLimit()
    {
        File.WriteAllText(At("f"), "12345");
        Assert.Equal("12345"u8, PrivateFile.ReadAll(At("f"), 5));
        Assert.Throws<IOException>(() => PrivateFile.ReadAll(At("f"), 4));
    }

    [Fact]
    public void ReadAll_LinkOrMissing_Throws()
    {
        File.WriteAllText(At("f"), "12345");
        File.CreateSymbolicLink(At("link"), At("f"));
        Assert.Throws<IOException>(() => PrivateFile.ReadAll(At("link"), 100));
        Assert.Throws<FileNotFoundException>(() => PrivateFile.ReadAll(At("none"), 100));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Replace_AnyFile_HasTheNewContentAndIsTheUsersAlone(bool durable)
    {
        PrivateFile.Replace(At("a/f"), "one, which is longer"u8, durable);
        Assert.Equal("one, which is longer", File.ReadAllText(At("a/f")));
        File.SetUnixFileMode(At("a/f"), FileMode | UnixFileMode.OtherWrite);
        PrivateFile.Replace(At("a/f"), "two"u8, durable);
        Assert.Equal(("two", FileMode), (File.ReadAllText(At("a/f")), File.GetUnixFileMode(At("a/f"))));
        Assert.Equal([At("a/f")], Directory.EnumerateFileSystemEntries(At("a")));
    }

    [Fact]
    public void Replace_Link_ReplacesTheLinkAndNotItsTarget()
    {
        File.WriteAllText(At("f"), "old");
        File.CreateSymbolicLink(At("link"), At("f"));
        PrivateFile.Replace(At("link"), "new"u8);
        Assert.Equal(("old", "new"), (File.ReadAllText(At("f")), File.ReadAllText(At("link"))));
        Assert.Null(new FileInfo(At("link")).LinkTarget);
    }

    [Fact]
    public void Replace_SomebodyReadsTheOldOne_KeepsIt()
    {
        PrivateFile.Replace(At("f"), "old"u8);
        using var reader = new FileStream(At("f"), System.IO.FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        PrivateFile.Replace(At("f"), "new"u8);
        Assert.Equal("old", new StreamReader(reader, Encoding.UTF8).ReadToEnd());
    }

    [Fact]
    public void Replace_CannotBePutInPlace_LeavesNothingBehind()
    {
        Directory.CreateDirectory(At("a/f/full"));
        Assert.ThrowsAny<Exception>(() => PrivateFile.Replace(At("a/f"), "x"u8));
        Assert.Equal([At("a/f")], Directory.EnumerateFileSystemEntries(At("a")));
    }

    [Fact]
    public void WriteNew_NotThere_IsWritten()
    {
        PrivateFile.WriteNew(At("a/f"), "x"u8);
        Assert.Equal(("x", FileMode), (File.ReadAllText(At("a/f")), File.GetUnixFileMode(At("a/f"))));
        Assert.Equal([At("a/f")], Directory.EnumerateFileSystemEntries(At("a")));
    }

    [Fact]
    public void WriteNew_IsThere_ThrowsAndLeavesIt()
    {
        PrivateFile.WriteNew(At("a/f"), "old"u8);
        Assert.Throws<IOException>(() => PrivateFile.WriteNew(At("a/f"), "new"u8));
        Assert.Equal("old", File.ReadAllText(At("a/f")));
        Assert.Equal([At("a/f")], Directory.EnumerateFileSystemEntries(At("a")));
    }

    private string At(string path) => Path.Combine(_folder, path);
}
