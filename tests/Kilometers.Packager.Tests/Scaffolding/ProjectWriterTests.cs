using Kilometers.Contracts;
using Kilometers.Packager.Scaffolding;

namespace Kilometers.Packager.Tests.Scaffolding;

public sealed class ProjectWriterTests : IDisposable
{
    private static readonly ProjectFile[] Files = [new("a.txt", "a\n", false), new("sub/run.sh", "#!/bin/sh\n", true)];

    private readonly string _folder = Directory.CreateTempSubdirectory("kmpkg-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("new")]
    [InlineData("deep/er/new")]
    [InlineData("new/")]
    public void Write_NewFolder_HasExactlyTheFiles(string name)
    {
        ProjectWriter.Write(Path.Combine(_folder, name), Files);
        Assert.Equal(["a.txt", "sub/run.sh"], Content(Path.Combine(_folder, name)));
        Assert.Equal("a\n", File.ReadAllText(Path.Combine(_folder, name, "a.txt")));
        Assert.Single(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public void Write_EmptyFolder_IsFilledAndNotReplaced()
    {
        // The current directory of a shell, for one: replacing it would leave the shell in a folder that is gone.
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no modes to tell one folder from another");
            return;
        }

        const UnixFileMode Unusual = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute;
        File.SetUnixFileMode(_folder, Unusual);
        ProjectWriter.Write(_folder, Files);
        Assert.Equal(["a.txt", "sub/run.sh"], Content(_folder));
        Assert.Equal(Unusual, File.GetUnixFileMode(_folder));
    }

    [Fact]
    public void Write_Script_IsExecutableByWhoMayReadIt()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no such modes");
            return;
        }

        ProjectWriter.Write(_folder, Files);
        var mode = File.GetUnixFileMode(Path.Combine(_folder, "sub/run.sh"));
        Assert.Equal(mode.HasFlag(UnixFileMode.OtherRead), mode.HasFlag(UnixFileMode.OtherExecute));
        Assert.True(mode.HasFlag(UnixFileMode.UserExecute));
        Assert.False(File.GetUnixFileMode(Path.Combine(_folder, "a.txt")).HasFlag(UnixFileMode.UserExecute));
    }

    [Fact]
    public void Write_FolderWithContent_RefusesAndChangesNothing()
    {
        File.WriteAllText(Path.Combine(_folder, "mine"), "");
        var error = Assert.Throws<KmException>(() => ProjectWriter.Write(_folder, Files)).Error;
        Assert.Equal(ErrorCode.ProjectNotWritten, error.Code);
        Assert.Equal(["mine"], Content(_folder));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Write_FileThatCannotBeWritten_LeavesNothing(bool folderExists)
    {
        var target = Path.Combine(_folder, "parent", "new");
        if (folderExists)
            Directory.CreateDirectory(target);

        // "a.txt" is a file: nothing can be written below it.
        var error = Assert.Throws<KmException>(() => ProjectWriter.Write(target, [.. Files, new("a.txt/below", "", false)])).Error;
        Assert.Equal(ErrorCode.ProjectNotWritten, error.Code);
        Assert.Equal(
            folderExists ? ["parent", "parent/new"] : [],
            Directory
                .EnumerateFileSystemEntries(_folder, "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(_folder, path))
                .Order()
        );
    }

    [Fact]
    public void Write_PathOfAFile_Refuses()
    {
        File.WriteAllText(Path.Combine(_folder, "file"), "");
        Assert.Equal(
            ErrorCode.ProjectNotWritten,
            Assert.Throws<KmException>(() => ProjectWriter.Write(Path.Combine(_folder, "file"), Files)).Error.Code
        );
    }

    private static IEnumerable<string> Content(string folder) =>
        Directory
            .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(folder, path))
            .Order(StringComparer.Ordinal);
}
