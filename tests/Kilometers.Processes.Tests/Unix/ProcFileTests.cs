using System.Text;
using Kilometers.Processes.Unix;

namespace Kilometers.Processes.Tests.Unix;

public sealed class ProcFileTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(1_000_000)]
    public void Read_FileOfAnySize_IsWhole(int size)
    {
        var text = new string([.. Enumerable.Range(0, size).Select(at => (char)('a' + (at % 26)))]);
        File.WriteAllText(_file, text);
        Assert.Equal(text, ProcFile.Read(_file));
    }

    [Fact]
    public void Read_AProcessesOwnFile_SaysWhatDotNetReads()
    {
        Assert.SkipUnless(File.Exists("/proc/self/status"), "no /proc");
        Assert.Contains($"Pid:\t{Environment.ProcessId}", ProcFile.ReadLines("/proc/self/status"));
        Assert.Equal(File.ReadAllBytes("/proc/self/cmdline"), Encoding.UTF8.GetBytes(ProcFile.Read("/proc/self/cmdline")));
    }

    [Fact]
    public void ReadLines_LineFeedsAlone_EndALine()
    {
        File.WriteAllText(_file, "one\rtwo\u2028three\nfour\n");
        Assert.Equal(["one\rtwo\u2028three", "four"], ProcFile.ReadLines(_file));
    }

    [Fact]
    public void Read_NoFile_SaysSo()
    {
        File.Delete(_file);
        Assert.Throws<FileNotFoundException>(() => ProcFile.Read(_file));
        Assert.Contains(_file, Assert.Throws<FileNotFoundException>(() => ProcFile.Read(_file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AFolder_IsAnError() => Assert.Throws<IOException>(() => ProcFile.Read(Path.GetTempPath()));
}
