using Kilometers.Monitoring.Observation;
using Kilometers.PluginHost.Dispatch;
using Kilometers.Wire.V2;
using Microsoft.Extensions.Time.Testing;

namespace Kilometers.PluginHost.Tests.Dispatch;

public sealed class PluginQueueTests
{
    private static readonly MessageTraits Call = Items.Message(1).Traits;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Take_SomeAdded_GivesThemInOrder()
    {
        var queue = Filled(1 << 20, 1, 2, 3, 4);
        Assert.Equal([1UL, 2], Take(queue, most: 2));
        Assert.Equal([3UL, 4], Take(queue));
        Assert.Empty(Take(queue));
        Assert.False(queue.IsEmpty);
        Assert.True(queue.Acknowledge(4));
        Assert.True(queue.IsEmpty);
        Assert.Equal(4, queue.Delivered);
    }

    [Fact]
    public void Acknowledge_Sent_TellsOfItOnceItHasTakenEffect()
    {
        var told = new List<(ulong Sequence, bool IsEmpty)>();
        PluginQueue? queue = null;
        queue = new PluginQueue(1 << 20) { Acknowledged = sequence => told.Add((sequence, queue!.IsEmpty)) };
        for (var i = 1UL; i <= 3; i++)
            queue.Add(Items.Message(i));
        Take(queue);
        Assert.True(queue.Acknowledge(2));
        Assert.True(queue.Acknowledge(3));
        Assert.False(queue.Acknowledge(4));
        Assert.Equal([(2, false), (3, true)], told);
    }

    [Fact]
    public void Take_FirstIsHeavierThanAsked_GivesItAlone()
    {
        var queue = new PluginQueue(1 << 20);
        queue.Add(Items.Message(1, 5000));
        queue.Add(Items.Message(2, 10));
        Assert.Equal([1UL], Take(queue, weight: 1000));
        Assert.Equal([2UL], Take(queue, weight: 1000));
    }

    [Fact]
    public void Add_Full_DropsTheNewestAndSaysSoInItsPlace()
    {
        var queue = new PluginQueue(2 * Items.Overhead);
        for (var i = 1UL; i <= 5; i++)
            queue.Add(Items.Message(i));
        Assert.Equal(3, queue.Dropped);
        Assert.Equal([1UL, 2], Take(queue));
        Assert.True(queue.Acknowledge(2));
        queue.Add(Items.Message(6));

        var taken = TakeItems(queue);
        var gap = Assert.IsType<ObservedEvent>(taken[0]);
        Assert.Equal("delivery.dropped", gap.Type);
        Assert.Equal(5UL, gap.Sequence);
        Assert.Equal(("3", "0", DropReason.QueueFull), (gap.Data["items"], gap.Data["bytes"], gap.Data["reason"]));
        Assert.Equal(6UL, Assert.IsType<ObservedMessage>(taken[1]).Sequence);
    }

    [Fact]
    public void Add_LargerThanTheQueue_SaysThatAndNotThatItWasFull()
    {
        var queue = new PluginQueue(2 * Items.Overhead);
        queue.Add(Items.Message(1, 5000));
        queue.Complete();
        Assert.Equal(DropReason.TooLarge, Assert.IsType<ObservedEvent>(Assert.Single(TakeItems(queue))).Data["reason"]);
        Assert.Equal([KeyValuePair.Create(DropReason.TooLarge, 1L)], queue.Drops);
    }

    /// <summary>What the observer missed is told even where the queue has no room for it.</summary>
    [Fact]
    public void Add_FullAndAGapOfTheObserver_AreToldTogether()
    {
        var queue = new PluginQueue(Items.Overhead);
        queue.Add(Items.Message(1));
        queue.Add(Items.Message(2));
        queue.Add(
            new ObservedEvent
            {
                Sequence = 3,
                SessionTime = default,
                Type = DeliveryGap.EventType,
                Data = new DeliveryGap(10, 1000, DropReason.ObserverBehind, "outbound").ToData(),
            }
        );
        queue.Complete();
        var data = Assert.IsType<ObservedEvent>(TakeItems(queue)[1]).Data;
        Assert.Equal(("11", "1000", "queue_full,observer_behind"), (data["items"], data["bytes"], data["reason"]));
        Assert.Equal(1, queue.Dropped);
    }

    [Fact]
    public void Add_FullOfSentItems_StaysBoundedUntilTheyAreAcknowledged()
    {
        var queue = new PluginQueue(2 * Items.Overhead);
        queue.Add(Items.Message(1));
        queue.Add(Items.Message(2));
        Take(queue);
        queue.Add(Items.Message(3));
        Assert.Equal(1, queue.Dropped);
        queue.Acknowledge(1);
        queue.Add(Items.Message(4));
        Assert.Equal(1, queue.Dropped);
    }

    [Fact]
    public void Complete_AfterDrops_ReportsTheLastGap()
    {
        var queue = new PluginQueue(Items.Overhead + 100);
        queue.Add(Items.Message(1, 100));
        queue.Add(Items.Message(2, 50));
        queue.Complete();
        var taken = TakeItems(queue);
        Assert.Equal(2, taken.Count);
        Assert.Equal("50", Assert.IsType<ObservedEvent>(taken[1]).Data["bytes"]);
        queue.Add(Items.Message(3));
        Assert.Empty(Take(queue));
    }

    [Fact]
    public void Acknowledge_NeverSent_IsRefused()
    {
        var queue = Filled(1 << 20, 1, 2, 3);
        Take(queue, most: 2);
        Assert.False(queue.Acknowledge(3));
        Assert.Equal(0, queue.Delivered);
        Assert.True(queue.Acknowledge(2));
        Assert.True(queue.Acknowledge(1));
        Assert.Equal(2, queue.Delivered);
    }

    [Fact]
    public void IsCatchingUp_MoreThanHalfFull_WhileThePluginAcknowledges()
    {
        var time = new FakeTimeProvider();
        var queue = new PluginQueue(8 * Items.Overhead, time);
        for (var i = 1UL; i <= 6; i++)
            queue.Add(Items.Message(i));
        Take(queue);
        Assert.False(queue.IsCatchingUp);
        queue.Acknowledge(1);
        Assert.True(queue.IsCatchingUp);
        Assert.True(new PluginDispatcher([new PluginQueue(1), queue]).IsCatchingUp);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(queue.IsCatchingUp);
        queue.Acknowledge(3);
        Assert.False(queue.IsCatchingUp);
    }

    [Fact]
    public async Task WaitAsync_WindowIsFull_WaitsForAnAcknowledgement()
    {
        var queue = Filled(1 << 20, 1, 2);
        Take(queue, most: 1);
        var waiting = queue.WaitAsync(window: Items.Overhead, Cancellation);
        queue.Add(Items.Message(3));
        Assert.False(waiting.IsCompleted);
        queue.Acknowledge(1);
        Assert.True(await waiting);
    }

    [Fact]
    public async Task WaitAsync_Empty_WaitsForAnItem()
    {
        var queue = new PluginQueue(1 << 20);
        var waiting = queue.WaitAsync(1, Cancellation);
        Assert.False(waiting.IsCompleted);
        queue.Add(Items.Message(1));
        Assert.True(await waiting);
    }

    [Fact]
    public async Task WaitAsync_Completed_EndsWhenAllIsSent()
    {
        var queue = Filled(1 << 20, 1);
        queue.Complete();
        Assert.True(await queue.WaitAsync(1, Cancellation));
        Take(queue);
        Assert.False(await queue.WaitAsync(1, Cancellation));
        var empty = new PluginQueue(1);
        var waiting = empty.WaitAsync(1, Cancellation);
        empty.Complete();
        Assert.False(await waiting);
    }

    [Fact]
    public async Task WaitAsync_Cancelled_Throws()
    {
        using var cancel = new CancellationTokenSource();
        var waiting = new PluginQueue(1).WaitAsync(1, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task WaitForBatchAsync_CountWeightOrEnd_Completes()
    {
        var queue = Filled(1 << 20, 1);
        var counted = queue.WaitForBatchAsync(2, long.MaxValue, Cancellation);
        Assert.False(counted.IsCompleted);
        queue.Add(Items.Message(2));
        await counted;
        await queue.WaitForBatchAsync(100, 2 * Items.Overhead, Cancellation);
        var ended = queue.WaitForBatchAsync(100, long.MaxValue, Cancellation);
        Assert.False(ended.IsCompleted);
        queue.Complete();
        await ended;
    }

    [Fact]
    public void SetInterest_ItemsWait_DropsTheUnwantedUncountedAndFreesTheirRoom()
    {
        var queue = new PluginQueue(3 * Items.Overhead);
        for (var i = 1UL; i <= 3; i++)
            queue.Add(Numbered(i));
        queue.SetInterest(Named("even"), withoutPayload: false);
        queue.Add(Numbered(4));
        queue.Add(Numbered(5));
        queue.Add(Numbered(6));
        Assert.Equal([2UL, 4, 6], Take(queue));
        Assert.Equal(0, queue.Dropped);
        Assert.Equal(0, queue.Undelivered);

        static ObservedMessage Numbered(ulong number) => Items.Message(number, method: number % 2 == 0 ? "even" : "odd");
    }

    [Fact]
    public void Abandon_SomeWaitAndSomeAreSent_CountsThemAndAllLaterOnes()
    {
        var queue = Filled(1 << 20, 1, 2, 3, 4);
        Take(queue, most: 3);
        queue.Acknowledge(1);
        queue.Abandon();
        Assert.Equal(3, queue.Undelivered);
        Assert.True(queue.IsEmpty);
        queue.Add(Items.Message(5));
        queue.Abandon();
        Assert.Equal(4, queue.Undelivered);
        queue.Complete();
        queue.Add(Items.Message(6));
        Assert.Equal(4, queue.Undelivered);
        Assert.Equal(1, queue.Delivered);
    }

    [Fact]
    public void Rewind_SomeSentSomeWait_GivesWhatWasNotAcknowledgedAgainAndFirst()
    {
        var queue = Filled(1 << 20, 1, 2, 3, 4, 5);
        Take(queue, most: 3);
        queue.Acknowledge(1);
        queue.Rewind();
        queue.Add(Items.Message(6));
        Assert.Equal([2UL, 3, 4, 5, 6], Take(queue));
        Assert.True(queue.Acknowledge(6));
        Assert.True(queue.IsEmpty);
        Assert.Equal(6, queue.Delivered);
        Assert.Equal((0L, 0L), (queue.Dropped, queue.Undelivered));
    }

    [Fact]
    public void Rewind_TheNextAcknowledgesWhatItWasNotSent_IsRefused()
    {
        var queue = Filled(1 << 20, 1, 2, 3);
        Take(queue);
        queue.Acknowledge(1);
        queue.Rewind();
        Assert.True(queue.Acknowledge(1));
        Assert.False(queue.Acknowledge(2));
        Take(queue, most: 1);
        Assert.True(queue.Acknowledge(2));
        Assert.Equal(2, queue.Delivered);
    }

    [Fact]
    public void Rewind_Often_StaysBoundedAndCountsNothingTwice()
    {
        var queue = Filled(2 * Items.Overhead, 1, 2);
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal([1UL, 2], Take(queue));
            queue.Rewind();
            queue.Add(Items.Message((ulong)(i + 3)));
        }

        Assert.Equal(10, queue.Dropped);
        Take(queue);
        queue.Acknowledge(2);
        queue.Add(Items.Message(13));
        Assert.Equal([12UL, 13], Take(queue));
    }

    [Fact]
    public async Task Hold_ItemsWait_KeepsThemForTheNextProcess()
    {
        var queue = Filled(1 << 20, 1, 2);
        Take(queue, most: 1);
        var waiting = queue.WaitAsync(window: 1, Cancellation);
        queue.Hold();
        Assert.False(await waiting);
        Assert.False(queue.IsDone);
        queue.Acknowledge(1);
        Assert.True(queue.IsDone);
        queue.Add(Items.Message(3));
        queue.Rewind();
        Assert.True(await queue.WaitAsync(1, Cancellation));
        Assert.Equal([2UL, 3], Take(queue));
    }

    [Fact]
    public void Reopen_AfterAbandon_KeepsWhatComesFromThenOn()
    {
        var queue = Filled(1 << 20, 1, 2);
        queue.SetInterest(Named("tools/call"), withoutPayload: true);
        Assert.Equal(WantedPart.Metadata, queue.Wants(Call));
        queue.Abandon();
        queue.Reopen();
        Assert.Equal(WantedPart.Payload, queue.Wants(Call));
        queue.Add(Items.Message(3, method: "ping"));
        Assert.Equal([3UL], Take(queue));
        Assert.Equal(2, queue.Undelivered);
    }

    [Fact]
    public void Dismiss_Acknowledged_NeitherKeepsNorCountsWhatComesLater()
    {
        var queue = Filled(1 << 20, 1);
        Take(queue);
        queue.Acknowledge(1);
        queue.Dismiss();
        queue.Add(Items.Message(2));
        Assert.Empty(Take(queue));
        Assert.Equal(WantedPart.Nothing, queue.Wants(Call));
        Assert.Equal((1L, 0L, 0L), (queue.Delivered, queue.Dropped, queue.Undelivered));
        queue.Reopen();
        queue.Add(Items.Message(3));
        Assert.Equal([3UL], Take(queue));
    }

    [Fact]
    public void Figures_AnyTime_AreThoseOfTheMoment()
    {
        var time = new FakeTimeProvider();
        var queue = new PluginQueue(4 * Items.Overhead, time);
        for (var i = 1UL; i <= 6; i++)
            queue.Add(Items.Message(i));
        Take(queue, most: 2);
        time.Advance(TimeSpan.FromMilliseconds(10));
        Take(queue, most: 1);
        queue.Acknowledge(2);
        var figures = queue.Figures;
        Assert.Equal((1, (long)Items.Overhead, 1), (figures.WaitingItems, figures.WaitingBytes, figures.Unacknowledged));
        Assert.Equal((2L, 2L, 0L), (figures.Delivered, figures.Dropped, figures.Undelivered));
        Assert.InRange(figures.LatencyP50!.Value, 9, 10);
        Assert.Equal(figures.LatencyP50, figures.LatencyP99);
    }

    private static InterestFilter Named(string method) => InterestFilter.From(new Interest { Methods = { method } });

    private static PluginQueue Filled(long limit, params ulong[] sequences)
    {
        var queue = new PluginQueue(limit);
        foreach (var sequence in sequences)
            queue.Add(Items.Message(sequence));
        return queue;
    }

    private static List<ObservedItem> TakeItems(PluginQueue queue, int most = int.MaxValue, long weight = long.MaxValue)
    {
        var items = new List<ObservedItem>();
        queue.Take(items, most, weight);
        return items;
    }

    private static IEnumerable<ulong> Take(PluginQueue queue, int most = int.MaxValue, long weight = long.MaxValue) =>
        [.. TakeItems(queue, most, weight).Select(item => item.Sequence)];
}
