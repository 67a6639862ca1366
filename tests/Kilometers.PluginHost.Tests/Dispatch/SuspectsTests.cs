using Kilometers.Monitoring.Observation;
using Kilometers.PluginHost.Dispatch;

namespace Kilometers.PluginHost.Tests.Dispatch;

public sealed class SuspectsTests
{
    private readonly PluginQueue _queue = new(1 << 20);

    [Fact]
    public void Rewind_AfterADeath_SendsWhatWasNotAcknowledgedOneAtATime()
    {
        Add(1, 2, 3, 4);
        Assert.Equal([1UL, 2, 3], Take(3));
        Assert.Null(_queue.Rewind(died: true));
        Assert.True(_queue.HasSuspects);

        Assert.Equal([1UL], Take(10));
        Assert.False(MaySend());
        _queue.Acknowledge(1);
        Assert.Equal([2UL], Take(10));
        _queue.Acknowledge(2);
        Assert.Equal([3UL], Take(10));

        // What was not sent before the death waits for the last of them, too.
        Assert.False(MaySend());
        _queue.Acknowledge(3);
        Assert.False(_queue.HasSuspects);
        Add(5);
        Assert.Equal([4UL, 5], Take(10));
    }

    [Fact]
    public void Rewind_AloneAtASecondDeath_LeavesAGapInItsPlace()
    {
        Add(1, 2, 3);
        Take(3);
        _queue.Rewind(died: true);
        Take(1);
        _queue.Acknowledge(1);
        Take(1);
        Assert.Equal(2UL, _queue.Rewind(died: true)?.Sequence);
        var items = new List<ObservedItem>();
        _queue.Take(items, 10, long.MaxValue);
        var gap = Assert.IsType<ObservedEvent>(Assert.Single(items));
        Assert.Equal(
            (2UL, DeliveryGap.EventType, DropReason.SetAside, "1"),
            (gap.Sequence, gap.Type, gap.Data["reason"], gap.Data["items"])
        );
        _queue.Acknowledge(2);
        Assert.Equal([3UL], Take(10));
        _queue.Acknowledge(3);
        Assert.True(_queue.IsEmpty);
        Assert.Equal(1, _queue.Dropped);
        Assert.Equal(1, _queue.Drops[DropReason.SetAside]);
    }

    [Fact]
    public void Rewind_SecondDeathBeforeAnythingWasSent_SuspectsTheSameStill()
    {
        Add(1, 2);
        Take(2);
        _queue.Rewind(died: true);
        Assert.Null(_queue.Rewind(died: true));
        Assert.Equal([1UL], Take(10));
    }

    [Fact]
    public void Rewind_SecondDeathAtAnotherItem_SetsNothingAside()
    {
        Add(1);
        Take(1);
        _queue.Rewind(died: true);
        Take(1);
        _queue.Acknowledge(1);
        Add(2);
        Take(1);
        Assert.Null(_queue.Rewind(died: true));
        Assert.Equal([2UL], Take(10));
    }

    [Fact]
    public void Rewind_AskedToEnd_SuspectsNothing()
    {
        Add(1, 2);
        Take(2);
        Assert.Null(_queue.Rewind());
        Assert.Equal([1UL, 2], Take(10));
    }

    [Fact]
    public void Rewind_DeathAtAGap_SetsNothingAside()
    {
        Add(1);
        for (var death = 0; death < 2; death++)
        {
            Take(1);
            _queue.Rewind(died: true);
        }

        Take(1);
        Assert.Null(_queue.Rewind(died: true));
        Assert.Equal(1, _queue.Dropped);
    }

    [Fact]
    public async Task TakeAsync_AnotherHasSuspects_WaitsUntilTheyAreAcknowledged()
    {
        var gate = new TrialGate();
        Add(1);
        Take(1);
        _queue.Rewind(died: true);
        var other = new PluginQueue(1 << 20);
        other.Add(Items.Message(1));
        gate.Enter(other);
        gate.Enter(_queue);
        var waiting = gate.TakeAsync(other, () => other.Take([], 10, long.MaxValue), TestContext.Current.CancellationToken).AsTask();
        Assert.False(waiting.IsCompleted);
        await gate.TakeAsync(_queue, () => Take(1), TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);
        _queue.Acknowledge(1);
        gate.Acknowledged();
        await waiting;
        Assert.False(other.OwesNothing);
    }

    [Fact]
    public async Task TakeAsync_OthersOweSomething_ASuspectWaits()
    {
        var gate = new TrialGate();
        var other = new PluginQueue(1 << 20);
        other.Add(Items.Message(1));
        gate.Enter(other);
        await gate.TakeAsync(other, () => other.Take([], 1, long.MaxValue), TestContext.Current.CancellationToken);
        Add(1);
        Take(1);
        _queue.Rewind(died: true);
        gate.Enter(_queue);
        var waiting = gate.TakeAsync(_queue, () => Take(1), TestContext.Current.CancellationToken).AsTask();
        Assert.False(waiting.IsCompleted);
        other.Acknowledge(1);
        gate.Acknowledged();
        await waiting;
        Assert.False(_queue.OwesNothing);
    }

    [Fact]
    public async Task TakeAsync_TheOneWithSuspectsLeaves_OthersContinue()
    {
        var gate = new TrialGate();
        Add(1);
        Take(1);
        _queue.Rewind(died: true);
        var other = new PluginQueue(1 << 20);
        gate.Enter(_queue);
        gate.Enter(other);
        var waiting = gate.TakeAsync(other, () => { }, TestContext.Current.CancellationToken).AsTask();
        Assert.False(waiting.IsCompleted);
        gate.Leave(_queue);
        await waiting;
    }

    [Fact]
    public async Task TakeAsync_AnotherLeavesItsSuspectUnacknowledged_TheNextDeathIsNotBlamedOnThisOne()
    {
        var gate = new TrialGate();
        var other = new PluginQueue(1 << 20);
        other.Add(Items.Message(1));
        other.Take([], 1, long.MaxValue);
        Add(1);
        Take(1);
        _queue.Rewind(died: true);
        other.Rewind(died: true);
        gate.Enter(other);
        gate.Enter(_queue);
        await gate.TakeAsync(other, () => other.Take([], 1, long.MaxValue), TestContext.Current.CancellationToken);

        // The process has died, and only the other session knows so far.
        gate.Leave(other);
        await gate.TakeAsync(_queue, () => Take(1), TestContext.Current.CancellationToken);
        Assert.NotNull(other.Rewind(died: true));
        Assert.Null(_queue.Rewind(died: true));
        Assert.Equal(0, _queue.Dropped);

        // If it is the cause, the next process shows it.
        gate = new TrialGate();
        gate.Enter(_queue);
        await gate.TakeAsync(_queue, () => Take(1), TestContext.Current.CancellationToken);
        Assert.Equal(1UL, _queue.Rewind(died: true)?.Sequence);
    }

    private void Add(params ulong[] sequences)
    {
        foreach (var sequence in sequences)
            _queue.Add(Items.Message(sequence));
    }

    private IEnumerable<ulong> Take(int most)
    {
        var items = new List<ObservedItem>();
        _queue.Take(items, most, long.MaxValue);
        return items.Select(item => item.Sequence);
    }

    private bool MaySend() => _queue.WaitAsync(long.MaxValue, CancellationToken.None).IsCompleted;
}
