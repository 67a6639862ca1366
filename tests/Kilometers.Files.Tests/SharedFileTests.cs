using System.Diagnostics;
using System.Text;

namespace Kilometers.Files.Tests;

/// <summary>Replacing a file that is not ours alone: what it is stays, and what others write is not lost.</summary>
public sealed class SharedFileTests : IDisposable
{
    private const int Limit = 1 << 20;
    private readonly string _folder = Directory.CreateTempSubdirectory("km-shared-").FullName;

    private string File1 => Path.Combine(_folder, "file");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite)]
    [InlineData(UnixFileMode.UserRead)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.SetUser)]
    public void Replace_Mode_Stays(UnixFileMode mode)
    {
        File.WriteAllText(File1, "old");
        File.SetUnixFileMode(File1, mode);

        Assert.True(SharedFile.Read(File1, Limit).Replace("new"u8));

        Assert.Equal("new", File.ReadAllText(File1));
        Assert.Equal(mode, File.GetUnixFileMode(File1));
        Assert.Equal([File1], Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void Replace_ThroughLinks_ChangesTheFileAndKeepsThem()
    {
        // The link leads up from the real folder, not from the link to that folder.
        var real = Directory.CreateDirectory(Path.Combine(_folder, "deep", "real")).FullName;
        var target = Path.Combine(_folder, "deep", "file");
        File.WriteAllText(target, "old");
        File.CreateSymbolicLink(Path.Combine(real, "config"), "../file");
        Directory.CreateSymbolicLink(Path.Combine(_folder, "link"), real);
        var path = Path.Combine(_folder, "link", "config");

        var file = SharedFile.Read(path, Limit);
        Assert.True(file.Replace("new"u8));

        Assert.Equal(target, file.Path);
        Assert.Equal("new", File.ReadAllText(target));
        Assert.Equal("../file", new FileInfo(path).LinkTarget);
    }

    [Fact]
    public void Replace_OwnerAndAttributes_Stay()
    {
        File.WriteAllText(File1, "old");
        Run("python3", "-c", "import os, sys; os.setxattr(sys.argv[1], 'user.km-test', b'kept')", File1);
        if (PrivateFile.CurrentUser() == 0)
            Run("chown", "12345:23456", File1);

        Assert.True(SharedFile.Read(File1, Limit).Replace("new"u8));

        Assert.Equal(
            "kept",
            Run("python3", "-c", "import os, sys; print(os.getxattr(sys.argv[1], 'user.km-test').decode(), end='')", File1)
        );
        if (PrivateFile.CurrentUser() == 0)
            Assert.Equal("12345:23456", Run("stat", "-c", "%u:%g", File1).Trim());
    }

    [Fact]
    public void Replace_AccessList_StaysAndThatOfTheFolderIsNotAdded()
    {
        // An access list for user 54321, in the form of the kernel; and one that new files in the folder inherit.
        const string Set = """
            import os, struct, sys
            entries = [(1, 6, -1), (2, 4, 54321), (4, 0, -1), (16, 4, -1), (32, 0, -1)]
            os.setxattr(sys.argv[1], sys.argv[2], struct.pack('<I', 2) + b''.join(struct.pack('<HHi', *entry) for entry in entries))
            """;
        const string Get = """
            import os, sys
            name = 'system.posix_acl_access'
            print(os.getxattr(sys.argv[1], name).hex() if name in os.listxattr(sys.argv[1]) else 'none', end='')
            """;
        File.WriteAllText(File1, "old");
        var plain = Path.Combine(_folder, "plain");
        File.WriteAllText(plain, "old");
        Run("python3", "-c", Set, File1, "system.posix_acl_access");
        Run("python3", "-c", Set, _folder, "system.posix_acl_default");
        var before = Run("python3", "-c", Get, File1);

        Assert.True(SharedFile.Read(File1, Limit).Replace("new"u8));
        Assert.True(SharedFile.Read(plain, Limit).Replace("new"u8));

        Assert.Equal(before, Run("python3", "-c", Get, File1));
        Assert.Equal("none", Run("python3", "-c", Get, plain));
    }

    [Fact]
    public void Replace_SeveralNames_IsRefused()
    {
        File.WriteAllText(File1, "old");
        Run("ln", File1, Path.Combine(_folder, "other"));

        var error = Assert.Throws<IOException>(() => SharedFile.Read(File1, Limit).Replace("new"u8));

        Assert.Contains("hard links", error.Message, StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(File1));
    }

    [Theory]
    [InlineData("other")]
    [InlineData("odd")]
    public void Replace_ChangedSince_IsFalseAndKeepsTheChange(string other)
    {
        File.WriteAllText(File1, "old");
        var file = SharedFile.Read(File1, Limit);
        File.WriteAllText(File1, other);

        Assert.False(file.Replace("new"u8));

        Assert.Equal(other, File.ReadAllText(File1));
        Assert.Equal([File1], Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void Replace_DeletedSince_IsFalse()
    {
        File.WriteAllText(File1, "old");
        var file = SharedFile.Read(File1, Limit);
        File.Delete(File1);

        var error = Record.Exception(() => Assert.False(file.Replace("new"u8)));

        Assert.True(error is null or IOException, error?.ToString());
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    /// <summary>A program that has opened the file and will write to it: a new file in its place would hide what it writes.</summary>
    [Fact]
    public async Task Replace_AnotherProcessHasItOpenForWriting_KeepsWhatItWrites()
    {
        await File.WriteAllTextAsync(File1, "old", TestContext.Current.CancellationToken);
        using var writer = Process.Start(
            new ProcessStartInfo("sh", ["-c", "exec 3<>\"$1\"; echo open; read go; printf 'others' >&3", "sh", File1])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            }
        )!;
        Assert.Equal("open", await writer.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        var replacing = Task.Run(
            () =>
            {
                // Read waits for the writer; what it then has may be either content.
                var file = SharedFile.Read(File1, Limit);
                return (Encoding.UTF8.GetString(file.Content), file.Replace("new"u8));
            },
            TestContext.Current.CancellationToken
        );
        await writer.StandardInput.WriteLineAsync("go");
        writer.StandardInput.Close();
        await writer.WaitForExitAsync(TestContext.Current.CancellationToken);
        var (read, isReplaced) = await replacing;

        var now = await File.ReadAllTextAsync(File1, TestContext.Current.CancellationToken);
        Assert.Equal(isReplaced ? "new" : "others", now);
        Assert.True(!isReplaced || read == "others", "what the other process wrote was replaced unread");
    }

    [Fact]
    public void Read_TooLarge_Throws()
    {
        File.WriteAllText(File1, "12345");
        Assert.Throws<IOException>(() => SharedFile.Read(File1, 4));
    }

    [Fact]
    public void Read_Missing_Throws() => Assert.Throws<FileNotFoundException>(() => SharedFile.Read(File1, Limit));

    [Fact]
    public void TryCreate_SomethingIsThere_IsFalse()
    {
        Assert.True(ExclusiveFolder.TryCreate(File1));
        Assert.False(ExclusiveFolder.TryCreate(File1));
        Assert.Throws<IOException>(() => ExclusiveFolder.TryCreate(Path.Combine(_folder, "missing", "x")));
    }

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
