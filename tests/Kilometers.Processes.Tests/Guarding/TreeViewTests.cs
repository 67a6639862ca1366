using System.Globalization;
using Kilometers.Processes.Guarding;
using Kilometers.Processes.Unix;

namespace Kilometers.Processes.Tests.Guarding;

public sealed class TreeViewTests
{
    private const string Parent = "echo up; while read line; do sleep 1000 >/dev/null 2>&1 & echo $!; done";

    private int? _newest = 1;

    [Fact]
    public void Look_NobodyMadeAProcess_IsSpared()
    {
        using var parent = Start();
        var view = new TreeView(parent.Id, () => _newest);
        Assert.False(view.Look());
        Assert.False(view.Look());
        var child = MakeChild(parent);
        Assert.False(view.Look());
        Assert.Empty(view.Seen);
        _newest++;
        Assert.True(view.Look());
        Assert.Equal([child], view.Seen.Keys);
        End(parent, view);
    }

    /// <summary>A process has its number before it can be seen.</summary>
    [Fact]
    public void Look_AProcessThatShowsLate_IsSeenByTheNextLook()
    {
        using var parent = Start();
        var view = new TreeView(parent.Id, () => _newest);
        Assert.False(view.Look());
        var child = MakeChild(parent);
        Assert.True(view.Look());
        Assert.Equal([child], view.Seen.Keys);
        End(parent, view);
    }

    [Fact]
    public void Look_TheSystemDoesNotTell_LooksEachTime()
    {
        _newest = null;
        using var parent = Start();
        var view = new TreeView(parent.Id, () => _newest);
        for (var looks = 0; looks < 3; looks++)
            Assert.False(view.Look());
        MakeChild(parent);
        Assert.True(view.Look());
        End(parent, view);
    }

    [Fact]
    public void Look_ManySpared_LooksAgain()
    {
        using var parent = Start();
        var view = new TreeView(parent.Id, () => _newest);
        Assert.False(view.Look());
        Assert.False(view.Look());
        MakeChild(parent);
        var spared = 0;
        while (!view.Look())
            Assert.InRange(++spared, 1, 100);
        Assert.InRange(spared, 1, 100);
        End(parent, view);
    }

    [Fact]
    public void LastId_AProcessIsMade_IsAnother()
    {
        Assert.SkipWhen(ProcessTable.LastId() is null, "the kernel does not tell");
        var before = ProcessTable.LastId();
        using var parent = Start();
        Assert.NotEqual(before, ProcessTable.LastId());
        parent.StandardInput.Dispose();
    }

    private static ChildProcess Start()
    {
        var parent = Child.Shell(Parent);
        Assert.Equal("up", Child.ReadLine(parent.StandardOutput));
        return parent;
    }

    private static int MakeChild(ChildProcess parent)
    {
        parent.StandardInput.Write("\n"u8);
        return int.Parse(Child.ReadLine(parent.StandardOutput), CultureInfo.InvariantCulture);
    }

    private static void End(ChildProcess parent, TreeView view)
    {
        parent.StandardInput.Dispose();
        foreach (var child in view.Seen.Keys)
            _ = Libc.Kill(child, (int)ChildSignal.Kill);
    }
}
