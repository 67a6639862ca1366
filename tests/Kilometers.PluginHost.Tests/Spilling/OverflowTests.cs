using System.Globalization;
using CsCheck;
using Kilometers.Contracts;
using Kilometers.Monitoring.Observation;
using Kilometers.PluginHost.Dispatch;
using Kilometers.PluginHost.Spilling;

namespace Kilometers.PluginHost.Tests.Spilling;

/// <summary>
/// A queue with an overflow: whatever is called, with restarts of the plugin and with the disk's work at any moment, every item comes once,
/// in order, or is counted at its place; and what is in memory is bounded.
/// </summary>
public sealed class OverflowTests : IDisposable
{
    private const long Limit = 16_000;
    private readonly TemporaryFolder _folder = new();
    private readonly List<KmError> _reports = [];

    public void Dispose() => _folder.Dispose();

    /// <summary>0–5 add, 6–7 take, 8 acknowledge, 9–11 a step of the disk's work, 12 the process ends and another begins.</summary>
    private static Gen<(int What, int Size)[]> Calls => Gen.Select(Gen.Int[0, 12], Gen.Int[0, 3000]).Array[0, 150];

    [Fact]
    public void AnyCalls_WithADiskThatKeepsUp_LoseNothing() =>
        Calls.Sample(calls => Check(calls, 1 << 30, keepsUp: true), iter: 300, threads: 1);

    [Theory]
    [InlineData(1 << 30)]
    [InlineData(20_000)]
    [InlineData(1)]
    public void AnyCalls_GiveEveryItemOnceInOrderOrCountIt(long disk) =>
        Calls.Sample(calls => Check(calls, disk, keepsUp: false), iter: 300, threads: 1);

    [Fact]
    public void Abandon_WithItemsOnDisk_CountsThem()
    {
        var (queue, overflow) = Create(1 << 30);
        for (var i = 1UL; i <= 200; i++)
        {
            queue.Add(Items.Message(i, 500));
            while (overflow.Step())
            {
                // The disk keeps up.
            }
        }

        Assert.Equal(0, queue.Dropped);
        Assert.Equal(200, queue.Figures.WaitingItems);
        queue.Abandon();
        Assert.Equal(200, queue.Undelivered);
        queue.Reopen();
        queue.Add(Items.Message(201));
        while (overflow.Step())
        {
            // What was there goes.
        }

        var items = new List<ObservedItem>();
        queue.Take(items, 10, long.MaxValue);
        Assert.Equal(201UL, Assert.Single(items).Sequence);
    }

    [Fact]
    public async Task Start_WithAPluginThatIsSlow_DeliversEverythingInOrder()
    {
        var spilled = false;
        var queue = new PluginQueue(1 << 20);
        await using var overflow = queue.SpillTo((owner, memory) => new Overflow(owner, memory, Create, () => "slow", _reports.Add))!;
        overflow.Start();
        var isReady = new TaskCompletionSource();
        var delivering = Task.Run(async () =>
        {
            await isReady.Task;
            var seen = new List<ulong>();
            var items = new List<ObservedItem>();
            while (await queue.WaitAsync(4000, TestContext.Current.CancellationToken))
            {
                items.Clear();
                queue.Take(items, 7, 4000);
                seen.AddRange(items.Select(item => item.Sequence));
                await Task.Yield();
                Assert.True(queue.Acknowledge(seen[^1]));
            }

            return seen;
        });
        for (var i = 1UL; i <= 5000; i++)
        {
            queue.Add(Items.Message(i, 100));
            if (i == 4000)
                isReady.SetResult();
        }

        SpillFile Create()
        {
            spilled = true;
            return new SpillFile(_folder.Path, 1 << 30);
        }

        queue.Complete();
        Assert.Equal(
            Enumerable.Range(1, 5000).Select(i => (ulong)i),
            await delivering.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken)
        );
        Assert.Empty(_reports);
        Assert.Equal(0, queue.Dropped);
        Assert.True(spilled);
    }

    [Fact]
    public async Task Add_WithADiskThatIsSlowerThanABurst_WaitsAndLosesNothing()
    {
        using var disk = new ManualResetEventSlim();
        var queue = new PluginQueue(Limit);
        await using var overflow = queue.SpillTo(
            (owner, memory) => new Overflow(owner, memory, Create, () => "slow", _reports.Add) { StallLimit = TimeSpan.FromMinutes(3) }
        )!;
        overflow.Start();
        var adding = Task.Run(
            () =>
            {
                for (var i = 1UL; i <= 200; i++)
                    queue.Add(Items.Message(i, 500));
            },
            TestContext.Current.CancellationToken
        );

        // What is in memory is bounded meanwhile.
        Assert.True(SpinWait.SpinUntil(() => queue.Figures.WaitingItems > 0 && overflow.RowWeight > 0, TimeSpan.FromMinutes(3)));
        Assert.False(adding.IsCompleted);
        disk.Set();
        await adding.WaitAsync(TimeSpan.FromMinutes(3), TestContext.Current.CancellationToken);
        Assert.Equal(0, queue.Dropped);
        Assert.Equal(200, queue.Figures.WaitingItems);
        Assert.Empty(_reports);

        SpillFile Create()
        {
            disk.Wait(TestContext.Current.CancellationToken);
            return new SpillFile(_folder.Path, 1 << 30);
        }
    }

    [Fact]
    public async Task Add_WithADiskThatHangs_WaitsForItOnce()
    {
        using var disk = new ManualResetEventSlim();
        var queue = new PluginQueue(Limit);
        var overflow = queue.SpillTo(
            (owner, memory) =>
                new Overflow(owner, memory, Create, () => "hung", _reports.Add) { StallLimit = TimeSpan.FromMilliseconds(50) }
        )!;
        overflow.Start();
        try
        {
            for (var i = 1UL; i <= 200; i++)
                queue.Add(Items.Message(i, 500));
            Assert.InRange(queue.Dropped, 1, 199);
            Assert.Equal(200, queue.Dropped + queue.Figures.WaitingItems);
        }
        finally
        {
            await overflow.DisposeAsync();
            disk.Set();
        }

        SpillFile Create()
        {
            disk.Wait(TestContext.Current.CancellationToken);
            throw new IOException("gone");
        }
    }

    [Fact]
    public void Step_WithoutADisk_SaysSoOnceAndKeepsWhatItHas()
    {
        File.WriteAllText(_folder["file"], "in the way");
        var queue = new PluginQueue(Limit);
        var overflow = queue.SpillTo(
            (owner, memory) => new Overflow(owner, memory, () => new SpillFile(_folder["file"], 1 << 30), () => "aa", _reports.Add)
        )!;
        for (var i = 1UL; i <= 100; i++)
        {
            queue.Add(Items.Message(i, 500));
            while (overflow.Step())
            {
                // It cannot.
            }
        }

        Assert.Equal(ErrorCode.OverflowNotKept, Assert.Single(_reports).Code);
        Assert.InRange(queue.Dropped, 1, 99);
        Assert.Equal(100, queue.Dropped + queue.Figures.WaitingItems);
    }

    [Fact]
    public void Step_WithABlockThatWasChanged_CountsItsItemsAtTheirPlace()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reaches the open file through /proc");
        var (queue, overflow) = Create(1 << 30);
        for (var i = 1UL; i <= 60; i++)
        {
            queue.Add(Items.Message(i, 500));
            while (overflow.Step())
            {
                // The disk keeps up.
            }
        }

        var path = Directory
            .EnumerateFiles("/proc/self/fd")
            .Single(path => TargetOf(path)?.StartsWith(_folder.Path, StringComparison.Ordinal) == true);
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.Write(new byte[100]);
        queue.Complete();
        var accounted = 0UL;
        var items = new List<ObservedItem>();
        while (!queue.IsDone)
        {
            while (overflow.Step())
            {
                // Until there is no more room.
            }

            items.Clear();
            queue.Take(items, 10, long.MaxValue);
            foreach (var item in items)
            {
                accounted += item is ObservedEvent gap ? ulong.Parse(gap.Data["items"], CultureInfo.InvariantCulture) : 1;
                Assert.Equal(accounted, item.Sequence);
            }

            if (items.Count > 0)
                Assert.True(queue.Acknowledge(accounted));
        }

        Assert.Equal(60UL, accounted);
        Assert.InRange(queue.Dropped, 1, 10);
        Assert.Equal(ErrorCode.OverflowNotKept, Assert.Single(_reports).Code);
        DisposeNow(overflow);
    }

    /// <summary>Where a descriptor leads to; null if it was closed since it was listed: other tests have files, too.</summary>
    private static string? TargetOf(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, false)?.FullName;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private (PluginQueue Queue, Overflow Overflow) Create(long disk)
    {
        var queue = new PluginQueue(Limit);
        return (
            queue,
            queue.SpillTo(
                (owner, memory) => new Overflow(owner, memory, () => new SpillFile(_folder.Path, disk), () => "aa", _reports.Add)
            )!
        );
    }

    private void Check((int What, int Size)[] calls, long disk, bool keepsUp)
    {
        var (queue, overflow) = Create(disk);
        var unacknowledged = new Queue<ObservedItem>();
        var next = 0UL;
        var accounted = 0UL;
        var acknowledged = 0UL;
        foreach (var (what, size) in calls)
        {
            if (what < 6)
                queue.Add(Items.Message(++next, size));
            else if (what < 8)
                Take(1 + (size % 5));
            else if (what == 8 && unacknowledged.Count > 0)
                Acknowledge(unacknowledged.ElementAt(size % unacknowledged.Count).Sequence);
            else if (what < 12)
                overflow.Step();
            else
                Rewind();
            if (keepsUp)
                Settle();
            Assert.True(queue.Figures.WaitingBytes + overflow.RowWeight <= Limit + 3000 + Items.Overhead);
        }

        queue.Complete();
        while (!queue.IsDone)
        {
            Settle();
            Take(3);
            if (unacknowledged.Count > 0)
                Acknowledge(unacknowledged.Last().Sequence);
        }

        Assert.Equal(next, accounted);
        if (keepsUp)
            Assert.Equal(0, queue.Dropped);
        DisposeNow(overflow);

        void Settle()
        {
            while (overflow.Step())
            {
                // Until there is nothing to do.
            }
        }

        void Acknowledge(ulong upTo)
        {
            Assert.True(queue.Acknowledge(upTo));
            acknowledged = upTo;
            while (unacknowledged.TryPeek(out var item) && item.Sequence <= upTo)
                unacknowledged.Dequeue();
        }

        void Rewind()
        {
            queue.Rewind();
            unacknowledged.Clear();
            accounted = acknowledged;
        }

        void Take(int most)
        {
            var items = new List<ObservedItem>();
            queue.Take(items, most, long.MaxValue);
            foreach (var item in items)
            {
                unacknowledged.Enqueue(item);
                if (item is ObservedEvent gap)
                    accounted += ulong.Parse(gap.Data["items"], CultureInfo.InvariantCulture);
                else
                    accounted++;
                Assert.Equal(accounted, item.Sequence);
            }
        }
    }

    private static void DisposeNow(Overflow overflow) => overflow.DisposeAsync().AsTask().GetAwaiter().GetResult();
}
