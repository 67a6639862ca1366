using System.Text;
using Kilometers.Processes.Unix;
using Microsoft.Extensions.Time.Testing;

namespace Kilometers.Processes.Tests;

public sealed class ToolTests
{
    private const int MaxBytes = 1000;

    [Fact]
    public void Run_ToolThatAnswers_GivesWhatItSaid()
    {
        var result = Shell("cat; echo complaint >&2; exit 3").Run("question"u8.ToArray());
        Assert.Equal(
            ("question", "complaint\n", 3),
            (Encoding.UTF8.GetString(result.Output), Encoding.UTF8.GetString(result.Errors), result.Status!.Value.Code)
        );
        Assert.False(result.IsSuccess);
        Assert.True(Shell("exit 0").Run(new byte[1 << 20]).IsSuccess);
    }

    [Fact]
    public void Run_ToolThatSaysTooMuch_KeepsTheBeginningAndLetsItEnd()
    {
        var result = Shell("head -c 10000000 /dev/zero; head -c 10000000 /dev/zero >&2").Run(default);
        Assert.Equal((MaxBytes, MaxBytes, true, null), (result.Output.Length, result.Errors.Length, result.IsSuccess, result.WhyKilled));
    }

    /// <summary>The clock of the test stands still: were the end of its time waited for, this would not end.</summary>
    [Theory]
    [InlineData("echo $$; exec cat /dev/zero")]
    [InlineData("echo $$; exec cat /dev/zero >&2")]
    [InlineData("echo $$; cat /dev/zero & wait")]
    public async Task Run_ToolThatNeverStopsTalking_IsKilled(string script)
    {
        var result = Shell(script, new FakeTimeProvider()).Run(default);
        Assert.Equal((null, "It wrote more than 64 MiB."), (result.Status, result.WhyKilled));
        Assert.False(result.IsSuccess);
        Assert.False(await LivesAsync(result.Output.AsSpan(0, result.Output.IndexOf((byte)'\n')).ToArray()));
    }

    /// <summary>The clock of the test stands still: were anything waited for by time, this would not end.</summary>
    [Theory]
    [InlineData("sleep 600 & echo $!")]
    [InlineData("(sleep 600 & echo $!) &  wait")]
    public async Task Run_AChildIsLeftThatHoldsThePipes_ItIsKilledAndNotWaitedFor(string script)
    {
        var result = Shell(script, new FakeTimeProvider()).Run(default);
        Assert.True(result.IsSuccess);
        Assert.False(await LivesAsync(result.Output));
    }

    [Fact]
    public void Run_ADaemonIsLeftThatHoldsThePipes_IsNotWaitedFor()
    {
        // A session of its own, before the tool ends: it is nobody's to kill, and says nothing more to anybody.
        Assert.SkipUnless(File.Exists("/usr/bin/setsid"), "setsid is not installed");
        var fifo = Path.Combine(Path.GetTempPath(), $"km-tool-{Guid.NewGuid():N}");
        var result = Shell(
                $"mkfifo '{fifo}'; setsid sh -c 'echo $$ > \"$0\"; exec sleep 600' '{fifo}' & read daemon < '{fifo}'; rm '{fifo}'; echo $daemon"
            )
            .Run(default);
        Assert.True(result.IsSuccess);
        var daemon = int.Parse(Encoding.UTF8.GetString(result.Output), System.Globalization.CultureInfo.InvariantCulture);
        Assert.True(ProcessTable.Find(daemon) is { IsAlive: true });
        _ = Libc.Kill(daemon, (int)ChildSignal.Kill);
    }

    [Fact]
    public async Task Run_ToolThatDoesNotEnd_IsKilledWithItsChildren()
    {
        var time = new FakeTimeProvider();
        var running = Task.Run(() => Shell("sleep 600 & echo $!; wait", time).Run(default), TestContext.Current.CancellationToken);
        while (!running.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(181));
            await Task.Yield();
        }

        var result = await running;
        Assert.Equal((null, "It did not end within 180 s."), (result.Status, result.WhyKilled));
        if (result.Output.Length > 0)
            Assert.False(await LivesAsync(result.Output));
    }

    [Fact]
    public void Run_NoSuchProgram_Throws() =>
        Assert.Equal(
            ChildStartFailure.NotFound,
            Assert
                .Throws<ChildStartException>(() =>
                    new Tool(new ChildCommand { FileName = "/nowhere/tool" }, TimeSpan.FromSeconds(1), 1, TimeProvider.System).Run(default)
                )
                .Failure
        );

    [Fact]
    public void EnvironmentWithout_AName_LeavesItOutAlone()
    {
        Environment.SetEnvironmentVariable("KM_TEST_TOOL_SECRET", "x");
        Assert.False(Tool.EnvironmentWithout("KM_TEST_TOOL_SECRET").ContainsKey("KM_TEST_TOOL_SECRET"));
        Assert.True(Tool.EnvironmentWithout("PATHX").ContainsKey("PATH"));
    }

    private static Tool Shell(string script, TimeProvider? time = null) =>
        new(
            new ChildCommand { FileName = "/bin/sh", Arguments = ["-c", script] },
            TimeSpan.FromMinutes(3),
            MaxBytes,
            time ?? TimeProvider.System
        );

    /// <summary>Whether a process that was killed still runs: it may be a moment until it is gone.</summary>
    private static async Task<bool> LivesAsync(byte[] id)
    {
        var process = int.Parse(Encoding.UTF8.GetString(id), System.Globalization.CultureInfo.InvariantCulture);
        for (var look = 0; look < 1000; look++)
        {
            if (ProcessTable.Find(process) is not { IsAlive: true })
                return false;
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        return true;
    }
}
