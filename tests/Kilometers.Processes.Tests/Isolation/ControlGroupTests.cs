using Kilometers.Processes.Isolation;

namespace Kilometers.Processes.Tests.Isolation;

/// <summary>The files that are written, in a folder that looks like a control group. On a system that delegates one this is unproven.</summary>
public sealed class ControlGroupTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("km-cgroup-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("memory pids cpu", true)]
    [InlineData("pids", false)]
    [InlineData("", false)]
    public void FindDelegated_NeedsMemoryAndPids(string handedOn, bool isFound)
    {
        File.WriteAllText(Path.Combine(_root, "cgroup.controllers"), "memory pids cpu\n");
        var parent = Directory.CreateDirectory(Path.Combine(_root, "user")).FullName;
        Directory.CreateDirectory(Path.Combine(parent, "session"));
        File.WriteAllText(Path.Combine(parent, "cgroup.procs"), "");
        File.WriteAllText(Path.Combine(parent, "cgroup.subtree_control"), handedOn + "\n");
        var own = Path.Combine(_root, "own");
        File.WriteAllText(own, "1:name=systemd:/x\n0::/user/session\n");
        var found = ControlGroup.FindDelegated(_root, own, out var why);
        Assert.Equal(isFound ? parent : null, found);
        Assert.NotEmpty(why);
    }

    [Fact]
    public void FindDelegated_NoVersion2_SaysSo()
    {
        Assert.Null(ControlGroup.FindDelegated(_root, "/dev/null", out var why));
        Assert.Equal("no control groups of version 2", why);
    }

    [Fact]
    public void Create_AFolderWithoutTheKernelsFiles_ThrowsAndLeavesNothing()
    {
        Assert.Throws<IOException>(() => ControlGroup.Create(_root, "plugin", 1 << 20, 16, null));
        Assert.Empty(Directory.GetFileSystemEntries(_root));
    }

    [Fact]
    public void Create_WritesTheLimits()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_root, "plugin")).FullName;
        foreach (var file in (string[])["memory.max", "memory.swap.max", "pids.max", "cpu.max"])
            File.WriteAllText(Path.Combine(folder, file), "");
        using var group = ControlGroup.Create(_root, "plugin", 512L << 20, 256, 150);
        Assert.Equal(
            ["536870912", "0", "256", "150000 100000"],
            ((string[])["memory.max", "memory.swap.max", "pids.max", "cpu.max"]).Select(file =>
                File.ReadAllText(Path.Combine(folder, file))
            )
        );
    }
}
