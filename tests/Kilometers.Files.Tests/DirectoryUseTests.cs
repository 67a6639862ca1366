using System.Runtime.InteropServices;

namespace Kilometers.Files.Tests;

public sealed partial class DirectoryUseTests : IDisposable
{
    private const long Enough = 1L << 40;
    private readonly string _folder = Directory.CreateTempSubdirectory("km-use-").FullName;

    public DirectoryUseTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "directories are measured on Unix");

    public void Dispose() => DirectoryTree.Delete(_folder);

    [Fact]
    public void Of_ADirectoryThatIsNotThere_IsNothing() => Assert.Equal((0L, null), Measure(Path.Combine(_folder, "none")));

    [Fact]
    public void Of_EmptyFilesAndFolders_CountAsWhatTheyTake()
    {
        for (var i = 0; i < 20; i++)
            File.Create(Path.Combine(_folder, $"{i}")).Dispose();
        for (var i = 0; i < 20; i++)
            Directory.CreateDirectory(Path.Combine(_folder, $"folder{i}"));
        Assert.Equal((40L * DirectoryUse.EntryBytes, null), Measure());
    }

    [Fact]
    public void Of_AFileThatTakesMoreThanItsSize_CountsWhatItTakes()
    {
        using var file = new FileStream(
            Path.Combine(_folder, "large"),
            new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                PreallocationSize = 3 << 20,
            }
        );
        Assert.InRange(Measure().Bytes, 3 << 20, 4 << 20);
    }

    [Fact]
    public void Of_AFileWithManyNames_CountsOnce()
    {
        File.WriteAllBytes(Path.Combine(_folder, "1"), new byte[1 << 20]);
        for (var i = 2; i < 10; i++)
            Assert.Equal(0, Link(Path.Combine(_folder, "1"), Path.Combine(_folder, $"{i}")));
        Assert.InRange(Measure().Bytes, 1 << 20, 2 << 20);
    }

    [Fact]
    public void Of_ALink_DoesNotCountWhatItLeadsTo()
    {
        var outside = Directory.CreateTempSubdirectory("km-use-outside-").FullName;
        File.WriteAllBytes(Path.Combine(outside, "large"), new byte[1 << 20]);
        File.CreateSymbolicLink(Path.Combine(_folder, "link"), outside);
        Assert.Equal((DirectoryUse.EntryBytes, null), Measure());
        DirectoryTree.Delete(outside);
    }

    [Fact]
    public void Of_AFolderBeyondTheLongestPath_CountsWhatIsInIt()
    {
        using (Deep(40, new string('d', 200)))
            Assert.Equal((41L * DirectoryUse.EntryBytes, null), Measure());
    }

    [Fact]
    public void Of_MoreLevelsThanAreWalked_SaysSo()
    {
        using (Deep(DirectoryUse.MaxDepth + 1, "d"))
            Assert.Contains("levels", Measure().Unreadable, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_AFolderThatIsClosedToItsOwner_CountsWhatIsInIt()
    {
        var closed = Directory.CreateDirectory(Path.Combine(_folder, "closed")).FullName;
        File.WriteAllBytes(Path.Combine(closed, "large"), new byte[1 << 20]);
        File.SetUnixFileMode(closed, UnixFileMode.None);
        Assert.InRange(Measure().Bytes, 1 << 20, 2 << 20);
        Assert.Null(Measure().Unreadable);
    }

    [Fact]
    public void Of_MoreThanEnough_StopsThere()
    {
        for (var i = 0; i < 100; i++)
            File.Create(Path.Combine(_folder, $"{i}")).Dispose();
        Assert.Equal(11L * DirectoryUse.EntryBytes, DirectoryUse.Of([_folder], 10 * DirectoryUse.EntryBytes).Bytes);
    }

    private (long Bytes, string? Unreadable) Measure(string? folder = null)
    {
        var use = DirectoryUse.Of([folder ?? _folder], Enough);
        return (use.Bytes, use.Unreadable);
    }

    /// <summary>Folders in each other, the deepest with an empty file.</summary>
    private Microsoft.Win32.SafeHandles.SafeFileHandle Deep(int levels, string name)
    {
        var bytes = (byte[])[.. System.Text.Encoding.ASCII.GetBytes(name), 0];
        var folder = Libc.Open(_folder, Libc.OpenDirectory, 0);
        for (var i = 0; i < levels; i++)
        {
            Assert.Equal(0, MakeFolder(folder, bytes, Libc.OwnerOnly));
            var next = Libc.OpenAt(folder, bytes, Libc.OpenDirectory, 0);
            Assert.True(next >= 0);
            _ = Libc.Close(folder);
            folder = next;
        }

        const int CreateForWriting = 0x41;
        Assert.Equal(0, Libc.Close(Libc.OpenAt(folder, "file\0"u8.ToArray(), CreateForWriting, 0x180)));
        return new(folder, ownsHandle: true);
    }

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string from, string to);

    [LibraryImport("libc", EntryPoint = "mkdirat")]
    private static partial int MakeFolder(int folder, byte[] name, int mode);
}
