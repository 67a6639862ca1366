using Kilometers.Cli.Serving;

namespace Kilometers.Cli.Tests.Serving;

public sealed class HostLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("km-log-").FullName;

    private string Log => Path.Combine(_folder, "host.log");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Write_Twice_AppendsToAFileOfTheUserAlone()
    {
        HostLog.Write(_folder, new InvalidOperationException("first"));
        HostLog.Write(_folder, new InvalidOperationException("second"));
        Assert.Equal(["first", "second"], File.ReadAllLines(Log).Select(line => line.Split(": ")[1]));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Log));
    }

    [Fact]
    public void Write_FileIsFull_BeginsAnother()
    {
        File.WriteAllBytes(Log, new byte[(256 * 1024) + 1]);
        HostLog.Write(_folder, new InvalidOperationException("next"));
        Assert.Single(File.ReadAllLines(Log));
        Assert.Equal((256 * 1024) + 1, new FileInfo(Log + ".1").Length);
    }

    [Fact]
    public void Write_FileIsALink_WritesNothing()
    {
        var target = Path.Combine(_folder, "other");
        File.WriteAllText(target, "");
        File.CreateSymbolicLink(Log, target);
        HostLog.Write(_folder, new InvalidOperationException("next"));
        Assert.Equal("", File.ReadAllText(target));
    }

    [Fact]
    public void Write_FolderIsGone_IsNoFault() => HostLog.Write(Path.Combine(_folder, "none"), new InvalidOperationException("next"));
}
