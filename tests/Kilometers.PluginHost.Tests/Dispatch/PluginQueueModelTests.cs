using System.Globalization;
using CsCheck;
using Kilometers.Monitoring.Observation;
using Kilometers.PluginHost.Dispatch;

namespace Kilometers.PluginHost.Tests.Dispatch;

/// <summary>Any sequence of calls: nothing is lost without being counted, nothing comes twice or out of order, and memory is bounded.</summary>
public sealed class PluginQueueModelTests
{
    private const long Limit = 4000;
    private const int GapWeight = 256;

    private static readonly Gen<(int What, int Size)[]> Calls = Gen.Select(Gen.Int[0, 10], Gen.Int[0, 3000]).Array[0, 80];

    [Fact]
    public void AnyCalls_KeepThePromises() => Calls.Sample(Check, iter: 20_000);

    private static void Check((int What, int Size)[] calls)
    {
        var queue = new PluginQueue(Limit);
        var added = new Dictionary<ulong, int>();
        var unacknowledged = new Queue<ObservedItem>();
        var again = new Queue<ObservedItem>();
        var inside = 0L;
        var next = 0UL;
        var accounted = 0UL;
        var acknowledged = 0L;
        foreach (var (what, size) in calls)
        {
            if (what < 6)
            {
                added[++next] = size;
                var dropped = queue.Dropped;
                queue.Add(Items.Message(next, size));
                if (queue.Dropped == dropped)
                    inside += Items.Overhead + size;
            }
            else if (what < 8)
            {
                Take(1 + (size % 5));
            }
            else if (what == 10)
            {
                // The process is gone: the next gets again what this one did not acknowledge, in the same order.
                queue.Rewind();
                again = new Queue<ObservedItem>(unacknowledged.Concat(again));
                unacknowledged.Clear();
            }
            else if (unacknowledged.Count > 0)
            {
                var upTo = unacknowledged.ElementAt(size % unacknowledged.Count).Sequence;
                Assert.True(queue.Acknowledge(upTo));
                while (unacknowledged.TryPeek(out var item) && item.Sequence <= upTo)
                {
                    unacknowledged.Dequeue();
                    acknowledged++;
                    if (item is ObservedMessage)
                        inside -= item.Weight;
                }
            }

            // A gap's own event may come on top, one per place at most.
            Assert.True(inside <= Limit);
            Assert.Equal(acknowledged, queue.Delivered);
        }

        queue.Complete();
        Take(int.MaxValue);
        Assert.Equal(next, accounted);

        void Take(int most)
        {
            var items = new List<ObservedItem>();
            queue.Take(items, most, long.MaxValue);
            foreach (var item in items)
            {
                unacknowledged.Enqueue(item);
                if (again.TryDequeue(out var expected))
                    Assert.Same(expected, item);
                else if (item is ObservedEvent gap)
                {
                    // Exactly the items between the last that came and the next are missing.
                    var missing = ulong.Parse(gap.Data["items"], CultureInfo.InvariantCulture);
                    Assert.Equal(GapWeight, gap.Weight);
                    Assert.Equal(accounted + missing, gap.Sequence);
                    var bytes = Enumerable.Range(1, (int)missing).Sum(i => (long)added[accounted + (ulong)i]);
                    Assert.Equal(bytes.ToString(CultureInfo.InvariantCulture), gap.Data["bytes"]);
                    accounted = gap.Sequence;
                }
                else
                {
                    Assert.Equal(++accounted, item.Sequence);
                }
            }
        }
    }
}
