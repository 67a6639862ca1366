using System.Diagnostics;

namespace Kilometers.Files.Tests;

public sealed class LockTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("km-files-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string LockFile => Path.Combine(_folder, "lock");

    [Fact]
    public void TryLock_Free_IsTakenAndTheFileIsTheUsersAlone()
    {
        using var held = PrivateFile.TryLock(LockFile);
        Assert.NotNull(held);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(LockFile));
    }

    [Fact]
    public void TryLock_HeldInThisProcess_IsNullUntilItIsLetGo()
    {
        using (PrivateFile.TryLock(LockFile))
            Assert.Null(PrivateFile.TryLock(LockFile));
        using var again = PrivateFile.TryLock(LockFile);
        Assert.NotNull(again);
    }

    [Fact]
    public void TryLock_HeldByAnotherProcess_IsNullUntilThatIsKilled()
    {
        // flock says nothing once it holds the lock; what it runs does.
        using var other = Process.Start(
            new ProcessStartInfo("flock", ["--no-fork", LockFile, "sh", "-c", "echo held; exec cat"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            }
        )!;
        Assert.Equal("held", other.StandardOutput.ReadLine());
        Assert.Null(PrivateFile.TryLock(LockFile));
        other.Kill();
        other.WaitForExit();
        using var held = PrivateFile.TryLock(LockFile);
        Assert.NotNull(held);
    }

    [Fact]
    public void TryLock_Link_Throws()
    {
        File.CreateSymbolicLink(LockFile, Path.Combine(_folder, "nothing"));
        Assert.Throws<IOException>(() => PrivateFile.TryLock(LockFile));
        Assert.False(File.Exists(Path.Combine(_folder, "nothing")));
    }

    [Fact]
    public void TryLock_Content_StaysAsItIs()
    {
        File.WriteAllText(LockFile, "content");
        PrivateFile.TryLock(LockFile)!.Dispose();
        Assert.Equal("content", File.ReadAllText(LockFile));
    }
}
