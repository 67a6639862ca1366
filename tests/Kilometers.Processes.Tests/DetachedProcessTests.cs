using System.IO.Pipes;

namespace Kilometers.Processes.Tests;

public sealed class DetachedProcessTests
{
    /// <summary>A reader of a pipe that a client handed on must not wait for the end of what outlives the session.</summary>
    [Fact]
    public async Task Start_PipeThatOthersInherit_IsNotInherited()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.Inheritable);
        using var input = File.OpenHandle("/dev/null");
        var id = DetachedProcess.Start(new ChildCommand { FileName = "sleep", Arguments = ["1000"] }, input);
        try
        {
            pipe.DisposeLocalCopyOfClientHandle();
            var ended = pipe.ReadAsync(new byte[1], TestContext.Current.CancellationToken).AsTask();
            Assert.Equal(0, await ended.WaitAsync(Child.Limit, TestContext.Current.CancellationToken));
            Assert.False(DetachedProcess.TryReap(id));
        }
        finally
        {
            System.Diagnostics.Process.GetProcessById(id).Kill();
        }
    }
}
