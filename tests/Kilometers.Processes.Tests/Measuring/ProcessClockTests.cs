using Kilometers.Processes.Measuring;

namespace Kilometers.Processes.Tests.Measuring;

public sealed class ProcessClockTests
{
    [Fact]
    public void Of_AProcessThatWaits_StaysAndThatOfOneThatRuns_GoesOn()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "a clock of other processes is Linux's");
        using var waiting = System.Diagnostics.Process.Start("sleep", "600");
        try
        {
            Assert.True(SpinWait.SpinUntil(() => IsAtRest(waiting.Id), TimeSpan.FromSeconds(30)));
            var own = ProcessClock.Of(Environment.ProcessId);
            Assert.True(SpinWait.SpinUntil(() => ProcessClock.Of(Environment.ProcessId) > own, TimeSpan.FromSeconds(30)));
        }
        finally
        {
            waiting.Kill();
            waiting.WaitForExit();
        }

        Assert.Null(ProcessClock.Of(waiting.Id));
    }

    private static bool IsAtRest(int process)
    {
        var before = ProcessClock.Of(process);
        Thread.Sleep(20);
        return before is > 0 && ProcessClock.Of(process) == before;
    }
}
