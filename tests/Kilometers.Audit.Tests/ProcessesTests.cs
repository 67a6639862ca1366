using System.Diagnostics;
using System.Globalization;

namespace Kilometers.Audit.Tests;

/// <summary>Several real processes, killed at any moment, and a disk that is full.</summary>
public sealed class ProcessesTests : IDisposable
{
    private readonly LogFolder _log = new();

    public void Dispose() => _log.Dispose();

    [Theory]
    [InlineData("durable")]
    [InlineData("lazy")]
    public async Task Four_processes_of_200_records_each_end_in_one_intact_chain(string mode)
    {
        var writers = Enumerable.Range(0, 4).Select(i => WriterProcess.Start(mode, _log.Folder, $"w{i}", 200)).ToList();
        try
        {
            foreach (var writer in writers)
                Assert.Equal((0, ""), await writer.EndAsync());
        }
        finally
        {
            writers.ForEach(writer => writer.Dispose());
        }

        // 800 and a checkpoint as each hundredth.
        _log.AssertIntact(808);
        var written = _log.Entries.Where(entry => entry.Event == "test.written").ToList();
        foreach (var i in Enumerable.Range(0, 4))
        {
            var own = written.Where(entry => entry.Detail!.StartsWith($"w{i} ", StringComparison.Ordinal)).ToList();
            Assert.Equal(Enumerable.Range(1, 200).Select(n => $"w{i} {n}"), own.Select(entry => entry.Detail!));
            Assert.Single(own.DistinctBy(entry => entry.Pid));
        }

        // They really took turns.
        Assert.InRange(written.Zip(written.Skip(1)).Count(pair => pair.First.Pid != pair.Second.Pid), 8, int.MaxValue);
    }

    [Fact]
    public void Threads_with_logs_of_their_own_end_in_one_intact_chain()
    {
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            var log = new AuditLog(_log.Folder, TimeProvider.System);
            for (var n = 0; n < 25; n++)
                log.Append(LogFolder.Record($"{i}"), durable: false);
        });
        _log.AssertIntact(202);
    }

    [Fact]
    public async Task Killed_writers_leave_an_intact_log_with_all_that_they_acknowledged()
    {
        var random = new Random(20260102);
        var acknowledged = new List<string>();
        for (var round = 0; round < 16; round++)
        {
            var writers = Enumerable
                .Range(0, 2)
                .Select(i => WriterProcess.Start(i == 0 ? "durable" : "lazy", _log.Folder, $"r{round}w{i}", 0))
                .ToList();
            try
            {
                await writers[random.Next(2)].WaitForAcknowledgedAsync(1 + random.Next(20));
                Thread.SpinWait(random.Next(200_000));
                writers.ForEach(writer => writer.Kill());
                foreach (var writer in writers)
                    Assert.Equal(128 + 9, (await writer.EndAsync()).Status);
                acknowledged.AddRange(writers.SelectMany(writer => writer.Acknowledged));
            }
            finally
            {
                writers.ForEach(writer => writer.Dispose());
            }

            var result = _log.Verify();
            Assert.True(result.Outcome == AuditOutcome.Intact, string.Join('\n', result.Faults));
            var there = _log.Entries.Where(entry => entry.Event == "test.written").Select(entry => entry.Detail!).ToHashSet();
            Assert.Empty(acknowledged.Except(there));
        }

        Assert.InRange(acknowledged.Count, 16, int.MaxValue);
        _log.With(1);
        Assert.DoesNotContain(_log.Entries, entry => entry.Event == "audit.damaged");
        Assert.Equal(AuditOutcome.Intact, _log.Verify().Outcome);
        Assert.Empty(Directory.EnumerateFiles(_log.Folder, "*.new-*"));
    }

    [Fact]
    public async Task A_full_disk_is_said_and_leaves_whole_records_only()
    {
        var mount = Directory.CreateDirectory(Path.Combine(_log.Parent, "full")).FullName;
        var script = $"mount -t tmpfs -o size=64k none '{mount}'";
        using (var probe = Process.Start(new ProcessStartInfo("unshare", ["-rm", "sh", "-c", script]) { RedirectStandardError = true }))
        {
            await probe!.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.SkipUnless(probe.ExitCode == 0, "a full disk: this machine lets nobody mount one of its own (unshare -rm)");
        }

        using var writer = new WriterProcess(
            "unshare",
            "-rm",
            "sh",
            "-c",
            $"{script} && exec \"$0\" fill '{mount}/audit' w",
            WriterProcess.Program
        );
        Assert.Equal((0, ""), await writer.EndAsync());
        var words = Assert.Single(writer.Acknowledged).Split(' ');
        Assert.Equal(["Intact", "AUD_LOG_001"], words[2..]);
        Assert.Equal(words[0], words[1]);
        Assert.InRange(int.Parse(words[0], CultureInfo.InvariantCulture), 20, 400);
    }

    [Fact]
    public async Task A_generous_umask_changes_no_mode()
    {
        using var writer = new WriterProcess(
            "/bin/sh",
            "-c",
            "umask 0; exec \"$0\" durable \"$1\" w 1",
            WriterProcess.Program,
            _log.Folder
        );
        Assert.Equal((0, ""), await writer.EndAsync());
        _log.AssertIntact(1);
    }
}
