using Kilometers.Processes.Unix;

namespace Kilometers.Processes.Tests.Unix;

public sealed class ProcessTableTests
{
    [Theory]
    [InlineData("plain")]
    [InlineData("a b")]
    [InlineData("x) S 1 (y")]
    [InlineData(")")]
    [InlineData("ü ) Z")]
    public async Task Find_AnyName_ReadsTheRightFields(string name)
    {
        // The name in /proc is that of the file.
        var folder = Directory.CreateTempSubdirectory("km-names-").FullName;
        var file = Path.Combine(folder, name);
        File.Copy("/bin/sleep", file);
        using var child = ChildProcess.Start(new ChildCommand { FileName = file, Arguments = ["1000"] });
        await Child.WaitForAsync(() => ProcessTable.Find(child.Id) is { State: 'S' }, "sleep to sleep");
        var entry = ProcessTable.Find(child.Id)!;
        Assert.Equal((child.Id, Environment.ProcessId, child.Id), (entry.Id, entry.Parent, entry.Group));
        Assert.True(entry.StartTime >= ProcessTable.Find(Environment.ProcessId)!.StartTime);
        Assert.Contains(ProcessTable.Snapshot(), e => e == entry || e.Id == entry.Id);
        Assert.Contains(child.Id, ProcessTable.DescendantsOf([Environment.ProcessId], ProcessTable.Snapshot()));
        child.KillTree();
        await Child.EndAsync(child);
        Assert.Null(ProcessTable.Find(child.Id));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void DescendantsOf_ATree_FindsAllBelowAndNotTheRoot()
    {
        List<ProcessEntry> table = [Entry(1, 0), Entry(2, 1), Entry(3, 2), Entry(4, 2), Entry(5, 4), Entry(6, 1), Entry(7, 0)];
        Assert.Equal([3, 4, 5], ProcessTable.DescendantsOf([2], table).Order());
        Assert.Equal([3, 4, 5], ProcessTable.DescendantsOf([2, 7], table).Order());
        Assert.Empty(ProcessTable.DescendantsOf([5], table));
    }

    private static ProcessEntry Entry(int id, int parent) => new(id, parent, id, 'S', 1);
}
