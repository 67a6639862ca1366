using Kilometers.Processes.Measuring;

namespace Kilometers.Processes.Tests.Measuring;

/// <summary>Shells hold what is to be counted.</summary>
public sealed class ProcessMeasureTests : IDisposable
{
    private const int Portion = 8 << 20;
    private readonly string _folder = Directory.CreateTempSubdirectory("km-measure-").FullName;

    public ProcessMeasureTests() => Assert.SkipUnless(ProcessMeasure.IsPossible, "processes are measured on Linux");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Of_AnIdleProcess_CountsWhatItHas()
    {
        using var child = Child.Shell("echo ready; read line");
        Assert.Equal("ready", Child.ReadLine(child.StandardOutput));
        var use = ProcessMeasure.Of(child.Id, false, [_folder])!;
        Assert.Equal((1, 0L, null), (use.Threads, use.DeletedBytes, use.Unreadable));
        Assert.InRange(use.OpenFiles, 3, 20);
        var resident = Resident(child.Id);
        Assert.InRange(use.MemoryBytes, resident / 2, 2 * resident);
    }

    [Fact]
    public async Task Of_AProcessThatEnded_IsNothing()
    {
        using var child = Child.Shell("exit 0");
        await Child.EndAsync(child);
        Assert.Null(ProcessMeasure.Of(child.Id, false, []));
    }

    [Fact]
    public void Of_ThisProgram_IsNothing() => Assert.Null(ProcessMeasure.Of(Environment.ProcessId, false, []));

    [Fact]
    public void Of_ADeletedFileThatIsOpen_CountsItOnce()
    {
        using var child = Holder(Path.Combine(_folder, "held"), "exec 8>&9");
        Assert.InRange(ProcessMeasure.Of(child.Id, false, [])!.DeletedBytes, Portion, 2 * Portion - 1);
    }

    [Fact]
    public void Of_ADeletedFileInMemory_IsMemory()
    {
        Assert.SkipUnless(Directory.Exists("/dev/shm"), "no /dev/shm");
        using var idle = Child.Shell("echo ready; read line");
        Assert.Equal("ready", Child.ReadLine(idle.StandardOutput));
        using var child = Holder($"/dev/shm/km-measure-{Guid.NewGuid():N}", "");
        var use = ProcessMeasure.Of(child.Id, false, [])!;
        Assert.Equal(0, use.DeletedBytes);
        Assert.True(use.MemoryBytes >= Portion);
    }

    [Fact]
    public void Of_ChildrenThatEnded_CountsTheirProcessorTime()
    {
        // Each child works until the clock has moved: time in whole ticks.
        using var child = Child.Shell(
            "for i in 1 2 3; do (n=0; while [ $n -lt 100000 ]; do n=$((n+1)); done); done; echo ready; read line"
        );
        Assert.Equal("ready", Child.ReadLine(child.StandardOutput));
        Assert.True(ProcessMeasure.Of(child.Id, false, [])!.CpuSeconds > 0);
    }

    [Fact]
    public void Of_AProcessWithOthers_CountsThemAll()
    {
        using var child = Child.Shell("sleep 60 & sleep 60 & (setsid sleep 60 & wait) & sleep 0.1; echo ready; read line; kill %1 %2");
        Assert.Equal("ready", Child.ReadLine(child.StandardOutput));
        Assert.Equal(1, ProcessMeasure.Of(child.Id, false, [])!.Threads);
        Assert.True(ProcessMeasure.Of(child.Id, true, [])!.Threads >= 3);
    }

    [Fact]
    public void Parse_Lines_GivesMemoryInBytes()
    {
        var memory = ProcessMemory.Parse([
            "Name:\tx",
            "VmHWM:\t    30 kB",
            "VmRSS:\t    20 kB",
            "RssAnon:\t     5 kB",
            "RssFile:\t     6 kB",
            "RssShmem:\t     9 kB",
        ]);
        Assert.Equal(new ProcessMemory(20 << 10, 30 << 10, 11 << 10), memory);
        Assert.Null(ProcessMemory.Parse(["Name:\tx"]));
    }

    private static long Resident(int process) => ProcessMemory.Of(process)!.Resident;

    /// <summary>A shell that has deleted a file with content, and keeps it open.</summary>
    private static ChildProcess Holder(string path, string more)
    {
        var child = Child.Shell($"exec 9>\"$0\"; rm \"$0\"; head -c {Portion} /dev/zero >&9; {more}\necho ready; read line", path);
        Assert.Equal("ready", Child.ReadLine(child.StandardOutput));
        return child;
    }
}
