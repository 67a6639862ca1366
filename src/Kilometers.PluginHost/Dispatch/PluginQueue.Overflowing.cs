using Kilometers.Monitoring.Observation;
using Kilometers.PluginHost.Spilling;

namespace Kilometers.PluginHost.Dispatch;

/// <content>What the queue has to do with the disk, where delivery is guaranteed.</content>
internal sealed partial class PluginQueue : IOverflowing
{
    Lock IOverflowing.Gate => _gate;

    /// <summary>From now on what does not fit is kept on disk, as far as that goes.</summary>
    /// <param name="create">Makes the overflow: of this queue, with so much weight of its memory.</param>
    /// <returns>The overflow, which its owner starts and ends; null if there is one already.</returns>
    public Overflow? SpillTo(Func<IOverflowing, long, Overflow> create)
    {
        lock (_gate)
        {
            if (_overflow is not null)
                return null;
            _overflow = create(this, RowLimit);
            _isSpilling = true;
            return _overflow;
        }
    }

    /// <summary>Delivery turns out not to be guaranteed: nothing more goes to disk; what is there comes back.</summary>
    public void EndSpilling()
    {
        lock (_gate)
            _isSpilling = false;
    }

    bool IOverflowing.HasRoom(long weight) => _weight == 0 || _weight + weight <= MemoryLimit;

    void IOverflowing.TakeBack(IReadOnlyList<ObservedItem> items)
    {
        foreach (var item in items.Where(_interest.Wants))
            Enqueue(item);
        _taker.Take()?.TrySetResult();
    }

    void IOverflowing.Lose(int items, DeliveryGap gap, (ulong Sequence, TimeSpan Time) last)
    {
        _dropped.AddCount(gap.Reason, items);
        Enqueue(gap.ToEvent(last.Sequence, last.Time));
        _taker.Take()?.TrySetResult();
    }
}
