using System.Globalization;
using Kilometers.Processes.Guarding;
using Kilometers.Processes.Unix;

namespace Kilometers.Processes.Tests.Guarding;

public sealed class SubreaperTests
{
    [Fact]
    public async Task Enable_OrphanEnds_IsReaped()
    {
        Subreaper.Enable();
        Assert.True(Subreaper.IsEnabled);
        var fifo = Path.Combine(Directory.CreateTempSubdirectory("km-orphan-").FullName, "fifo");
        await Child.RunAsync(new ChildCommand { FileName = "mkfifo", Arguments = [fifo] });
        using var child = Child.Shell("(setsid sh -c 'echo $$; exec >/dev/null 2>&1; read line <\"$0\"; exit 3' \"$0\" &)", fifo);
        var orphan = int.Parse(Child.ReadLine(child.StandardOutput), CultureInfo.InvariantCulture);
        Assert.Equal(new ExitStatus(0, null), await Child.EndAsync(child));
        await Child.WaitForAsync(
            () => ProcessTable.Find(orphan) is { } entry && entry.Parent == Environment.ProcessId,
            "the orphan to come to us"
        );
        await File.WriteAllTextAsync(fifo, "\n", TestContext.Current.CancellationToken);

        // Not even a zombie is left.
        await Child.WaitForAsync(() => ProcessTable.Find(orphan) is null, "the orphan to be reaped");
        Directory.Delete(Path.GetDirectoryName(fifo)!, recursive: true);
    }

    [Fact]
    public async Task KillOrphans_OrphansAndOwnChildren_EndsOnlyOrphans()
    {
        Subreaper.Enable();
        using var own = Child.Shell("echo up; read line; exit 5");
        Child.ReadLine(own.StandardOutput);
        using var child = Child.Shell("(setsid sh -c 'sleep 1000 >/dev/null 2>&1 & echo $$ $!; exec sleep 1000 >/dev/null 2>&1' &)");
        var orphans = Child.ReadLine(child.StandardOutput).Split(' ').Select(int.Parse).ToList();
        await Child.EndAsync(child);
        await Child.WaitForAsync(() => ProcessTable.Find(orphans[0])?.Parent == Environment.ProcessId, "the orphan to come to us");
        Subreaper.KillOrphans();
        await Child.WaitForAsync(() => orphans.TrueForAll(id => ProcessTable.Find(id) is null), "the orphans to be reaped");
        own.StandardInput.Write("\n"u8);
        Assert.Equal(new ExitStatus(5, null), await Child.EndAsync(own));
    }

    /// <summary>A process whose first thread has ended counts as ended in the process table, though the others go on and have children.</summary>
    [Fact]
    public async Task KillOrphans_OrphanWhoseFirstThreadHasEnded_ItAndItsChildrenEndToo()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/gcc"), "gcc is not installed");
        Subreaper.Enable();
        var folder = Directory.CreateTempSubdirectory("km-orphan-").FullName;
        await File.WriteAllTextAsync(
            Path.Combine(folder, "half.c"),
            """
            #include <pthread.h>
            #include <stdio.h>
            #include <unistd.h>
            static void *other(void *unused) {
                pid_t child = fork();
                if (child == 0) { close(1); execlp("sleep", "sleep", "1000", (char *)0); }
                printf("%d %d\n", (int)getpid(), (int)child);
                fflush(stdout);
                close(1);
                pause();
                return unused;
            }
            int main(void) {
                pthread_t thread;
                pthread_create(&thread, 0, other, 0);
                pthread_exit(0);
            }
            """,
            TestContext.Current.CancellationToken
        );
        await Child.RunAsync(
            new ChildCommand
            {
                FileName = "gcc",
                Arguments = ["-pthread", "-o", Path.Combine(folder, "half"), Path.Combine(folder, "half.c")],
            }
        );
        using var child = Child.Shell("(setsid \"$0\" 2>/dev/null &)", Path.Combine(folder, "half"));
        var orphans = Child.ReadLine(child.StandardOutput).Split(' ').Select(int.Parse).ToList();
        await Child.EndAsync(child);
        await Child.WaitForAsync(
            () => ProcessTable.Find(orphans[0]) is { IsAlive: false } entry && entry.Parent == Environment.ProcessId,
            "the first thread to end, and its process to come to us"
        );
        Subreaper.KillOrphans();
        await Child.WaitForAsync(() => orphans.TrueForAll(id => ProcessTable.Find(id) is null), "both to be reaped");
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Enable_ManyChildrenAtOnce_EveryOneKeepsItsExitCode()
    {
        Subreaper.Enable();
        var codes = await Task.WhenAll(
            Enumerable
                .Range(0, 60)
                .Select(async i =>
                {
                    using var child = Child.Shell($"(setsid true &) ; exit {i}");
                    return (await Child.EndAsync(child)).Code;
                })
        );
        Assert.Equal(Enumerable.Range(0, 60), codes);
    }
}
