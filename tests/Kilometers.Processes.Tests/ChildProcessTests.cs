using System.Globalization;
using System.Text;
using Kilometers.Processes.Unix;

namespace Kilometers.Processes.Tests;

public sealed class ChildProcessTests
{
    [Theory]
    [InlineData("/no/such/file", ChildStartFailure.NotFound)]
    [InlineData("no-such-command-anywhere", ChildStartFailure.NotFound)]
    [InlineData("/etc/passwd/below-a-file", ChildStartFailure.NotFound)]
    [InlineData("/etc/passwd", ChildStartFailure.NotExecutable)]
    [InlineData("/tmp", ChildStartFailure.NotExecutable)]
    public void Start_WhatCannotRun_ThrowsByKind(string file, ChildStartFailure failure)
    {
        var exception = Assert.Throws<ChildStartException>(() => ChildProcess.Start(new ChildCommand { FileName = file }));
        Assert.Equal(failure, exception.Failure);
        Assert.NotEqual("", exception.Message);
    }

    [Fact]
    public void Start_ArgumentsTooLong_ThrowsOther()
    {
        var command = new ChildCommand { FileName = "/bin/true", Arguments = [new string('x', 4_000_000)] };
        Assert.Equal(ChildStartFailure.Other, Assert.Throws<ChildStartException>(() => ChildProcess.Start(command)).Failure);
    }

    [Fact]
    public async Task Start_Arguments_ArriveOneToOne()
    {
        string[] arguments = ["", " ", "a b", "\"quoted\"", "'", "\\", "$HOME", "*", "ü€\U0001F9ED", "line\nbreak", "--", "-n"];
        var (output, status) = await Child.RunAsync(
            new ChildCommand { FileName = "sh", Arguments = ["-c", "printf '%s\\0' \"$@\"", "sh", .. arguments] }
        );
        Assert.Equal(new ExitStatus(0, null), status);
        Assert.Equal(string.Concat(arguments.Select(a => a + "\0")), Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(output)));
    }

    [Fact]
    public async Task Start_ArgumentBytes_ArriveAsTheyAre()
    {
        byte[] argument = [0xff, (byte)'a', 0xc3];
        var (output, _) = await Child.RunAsync(new ChildCommand { FileName = "printf", ArgumentBytes = ["%s"u8.ToArray(), argument] });
        Assert.Equal(argument, Encoding.Latin1.GetBytes(output));
    }

    [Fact]
    public async Task Start_NullEnvironment_InheritsAll()
    {
        var (output, _) = await Child.RunAsync(new ChildCommand { FileName = "/usr/bin/env", Arguments = ["-0"] });
        Assert.Equal(
            Encoding.Latin1.GetString(await File.ReadAllBytesAsync("/proc/self/environ", TestContext.Current.CancellationToken)),
            output
        );
    }

    [Fact]
    public async Task Start_Environment_IsAllThereIs()
    {
        var environment = new Dictionary<string, string>
        {
            ["A"] = "1",
            ["B"] = "x=y z",
            ["EMPTY"] = "",
        };
        var (output, _) = await Child.RunAsync(new ChildCommand { FileName = "/usr/bin/env", Environment = environment });
        Assert.Equal(["A=1", "B=x=y z", "EMPTY="], output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
        (output, _) = await Child.RunAsync(new ChildCommand { FileName = "/usr/bin/env", Environment = new Dictionary<string, string>() });
        Assert.Equal("", output);
    }

    [Fact]
    public async Task Start_ScriptWithoutInterpreter_RunsInTheShell()
    {
        var script = Path.GetTempFileName();
        await File.WriteAllTextAsync(script, "echo \"$0 $1\"\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var (output, _) = await Child.RunAsync(new ChildCommand { FileName = script, Arguments = ["a b"] });
        File.Delete(script);
        Assert.Equal($"{script} a b\n", output);
    }

    [Fact]
    public async Task Start_Child_LeadsAGroupAndInheritsNoDescriptor()
    {
        using var open = new FileStream("/etc/passwd", FileMode.Open, FileAccess.Read);
        using var other = Child.Shell("read line");
        using var child = Child.Shell("echo up; read line");
        Child.ReadLine(child.StandardOutput);
        Assert.Equal(child.Id, ProcessTable.Find(child.Id)!.Group);

        // The process that started the tests may have left some open that are not ours to close: what matters are those that we made.
        var inherited = Targets(child.Id);
        Assert.DoesNotContain("/etc/passwd", inherited);
        Assert.Empty(Targets(other.Id).Where(target => target.StartsWith("pipe:", StringComparison.Ordinal)).Take(3).Intersect(inherited));
        child.StandardInput.Dispose();
        other.StandardInput.Dispose();
        await Child.EndAsync(child);
        await Child.EndAsync(other);
    }

    [Fact]
    public async Task Start_Streams_AreTheChildsOwn()
    {
        using var child = Child.Shell("read line; echo \"out $line\"; echo \"error $line\" >&2; exit 9");
        child.StandardInput.Write("x\n"u8);
        Assert.Equal("out x\n", Child.ReadToEnd(child.StandardOutput));
        Assert.Equal("error x\n", Child.ReadToEnd(child.StandardError));
        Assert.Equal(new ExitStatus(9, null), await Child.EndAsync(child));
    }

    [Fact]
    public async Task Start_SharesGroup_StaysInOurs()
    {
        using var child = ChildProcess.Start(
            new ChildCommand
            {
                FileName = "/bin/sh",
                Arguments = ["-c", "trap 'exit 7' TERM; echo up; read line"],
                SharesGroup = true,
            }
        );
        Child.ReadLine(child.StandardOutput);
        Assert.Equal(ProcessTable.Find(Environment.ProcessId)!.Group, ProcessTable.Find(child.Id)!.Group);
        child.Signal(ChildSignal.Terminate);
        Assert.Equal(new ExitStatus(7, null), await Child.EndAsync(child));
    }

    [Fact]
    public async Task Signal_SharesGroup_ReachesTheChildAndWhatItStarted()
    {
        using var child = ChildProcess.Start(
            new ChildCommand
            {
                FileName = "/bin/sh",
                Arguments =
                [
                    "-c",
                    "trap : TERM; sh -c 'trap \"echo below; exit 5\" TERM; echo up; while :; do sleep 0.05; done' & wait; wait $!; exit $?",
                ],
                SharesGroup = true,
            }
        );
        Child.ReadLine(child.StandardOutput);
        child.Signal(ChildSignal.Terminate);
        Assert.Equal("below", Child.ReadLine(child.StandardOutput));
        Assert.Equal(5, (await Child.EndAsync(child)).Code);
    }

    [Fact]
    public async Task KillTree_SharesGroup_EndsDescendantsAndNobodyElse()
    {
        using var child = ChildProcess.Start(
            new ChildCommand
            {
                FileName = "/bin/sh",
                Arguments = ["-c", "sleep 1000 & echo $!; wait"],
                SharesGroup = true,
            }
        );
        var below = int.Parse(Child.ReadLine(child.StandardOutput), CultureInfo.InvariantCulture);
        child.KillTree();
        Assert.Equal(9, (await Child.EndAsync(child)).Signal);
        await Child.WaitForAsync(() => ProcessTable.Find(below) is not { IsAlive: true }, "the descendant to end");
    }

    [Fact]
    public async Task SignalProcess_Group_ReachesOnlyTheLeader()
    {
        using var child = Child.Shell("trap 'echo got; kill -0 $! && exit 3; exit 4' USR1; sleep 1000 & echo up; wait");
        Child.ReadLine(child.StandardOutput);
        child.SignalProcess(10);
        Assert.Equal("got", Child.ReadLine(child.StandardOutput));
        Assert.Equal(3, (await Child.EndAsync(child)).Code);
    }

    [Fact]
    public async Task Start_BlockedSignals_AreBlockedInTheChild()
    {
        var (output, _) = await Child.RunAsync(
            new ChildCommand
            {
                FileName = "/bin/grep",
                Arguments = ["SigBlk", "/proc/self/status"],
                BlockedSignals = [2, 10],
            }
        );
        Assert.Equal((1L << 1) | (1L << 9), Convert.ToInt64(output.Split(':')[1].Trim(), 16));
    }

    [Fact]
    public async Task Start_Sigpipe_HasItsDefault()
    {
        using var child = Child.Shell("while echo x; do :; done");
        Assert.Equal('x', child.StandardOutput.ReadByte());
        child.StandardOutput.Dispose();
        Assert.Equal(new ExitStatus(0, 13), await Child.EndAsync(child));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public async Task Start_NiceIncrement_LowersThePriority(int increment)
    {
        // Field 19 of stat is the nice value. The child waits until it was set.
        var own = Nice(Environment.ProcessId);
        using var child = ChildProcess.Start(
            new ChildCommand
            {
                FileName = "/bin/sh",
                Arguments = ["-c", "read line"],
                NiceIncrement = increment,
            }
        );
        Assert.Equal(Math.Min(19, own + increment), Nice(child.Id));
        child.StandardInput.Dispose();
        await Child.EndAsync(child);
    }

    [Theory]
    [InlineData(ChildSignal.Hangup)]
    [InlineData(ChildSignal.Interrupt)]
    [InlineData(ChildSignal.Terminate)]
    [InlineData(ChildSignal.Kill)]
    public async Task Signal_RunningChild_ReachesIt(ChildSignal signal)
    {
        using var child = Child.Shell("echo up; exec sleep 1000");
        Child.ReadLine(child.StandardOutput);
        child.Signal(signal);
        Assert.Equal(new ExitStatus(0, (int)signal), await Child.EndAsync(child));
        child.Signal(signal);
        child.KillTree();
    }

    [Fact]
    public async Task Signal_Group_ReachesGrandchildren()
    {
        using var child = Child.Shell("sleep 1000 & echo $!; wait");
        var grandchild = int.Parse(Child.ReadLine(child.StandardOutput), CultureInfo.InvariantCulture);
        child.Signal(ChildSignal.Terminate);
        await Child.WaitForAsync(() => ProcessTable.Find(grandchild) is null or { State: 'Z' }, "the grandchild to end");
        await Child.EndAsync(child);
    }

    [Fact]
    public async Task KillTree_DescendantsOutsideTheGroup_EndToo()
    {
        using var child = Child.Shell("setsid sh -c 'echo $$; setsid sleep 1000 & echo $!; wait' & wait");
        var ids = new[] { Child.ReadLine(child.StandardOutput), Child.ReadLine(child.StandardOutput) }.Select(int.Parse).ToList();
        Assert.All(ids, id => Assert.NotEqual(child.Id, ProcessTable.Find(id)!.Group));
        child.KillTree();
        Assert.Equal(new ExitStatus(0, 9), await Child.EndAsync(child));
        await Child.WaitForAsync(() => ids.TrueForAll(id => ProcessTable.Find(id) is null or { State: 'Z' }), "the descendants to end");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task EndGroupWithLeader_LeaderEnds_EndsWhatIsLeftOfTheGroup(bool ends)
    {
        using var child = ChildProcess.Start(
            new ChildCommand
            {
                FileName = "/bin/sh",
                Arguments = ["-c", "sleep 1000 >/dev/null 2>&1 & echo $!"],
                EndGroupWithLeader = ends,
            }
        );
        var left = int.Parse(Child.ReadLine(child.StandardOutput), CultureInfo.InvariantCulture);
        await Child.EndAsync(child);
        if (ends)
        {
            await Child.WaitForAsync(() => ProcessTable.Find(left) is null or { State: 'Z' }, "what is left of the group to end");
            return;
        }

        Assert.NotNull(ProcessTable.Find(left));
        Assert.Equal(0, Libc.Kill(left, (int)ChildSignal.Kill));
    }

    [Fact]
    public async Task Start_HundredChildren_LeaveNoDescriptorNoZombieAndNoThread()
    {
        await Child.RunAsync(new ChildCommand { FileName = "true" });
        var before = Descriptors();
        var ids = new List<int>();
        for (var i = 0; i < 100; i++)
        {
            using var child = ChildProcess.Start(new ChildCommand { FileName = i % 2 == 0 ? "true" : "false" });
            ids.Add(child.Id);
            Assert.Equal(i % 2, (await Child.EndAsync(child)).Code);
        }

        for (var i = 0; i < 20; i++)
            Assert.Throws<ChildStartException>(() => ChildProcess.Start(new ChildCommand { FileName = "/no/such/file" }));

        // The runtime opens one now and then by itself; a leak would be some hundreds.
        Assert.InRange(Descriptors(), 0, before + 10);
        Assert.DoesNotContain(ids, id => ProcessTable.Find(id)?.Parent == Environment.ProcessId);
        await Child.WaitForAsync(() => !Directory.GetDirectories("/proc/self/task").Any(IsWaiting), "the waiting threads to end");
    }

    /// <summary>What a process's descriptors 0, 1, 2 and all others lead to, in that order.</summary>
    private static List<string> Targets(int id) =>
        [
            .. Directory
                .GetFiles($"/proc/{id}/fd")
                .OrderBy(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture))
                .Select(path => new FileInfo(path).LinkTarget ?? ""),
        ];

    private static bool IsWaiting(string task)
    {
        try
        {
            return File.ReadAllText(task + "/comm").StartsWith("wait ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static int Descriptors() => Directory.GetFiles("/proc/self/fd").Length;

    private static int Nice(int id)
    {
        var stat = File.ReadAllText($"/proc/{id}/stat");
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[16], CultureInfo.InvariantCulture);
    }
}
