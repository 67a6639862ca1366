using Kilometers.Monitoring.Observation;

namespace Kilometers.PluginHost.Dispatch;

/// <summary>What a queue dropped: how much for which reason, and the gap that its plugin is not told of yet. Its queue's lock guards it.</summary>
internal sealed class DroppedItems
{
    private readonly Dictionary<string, long> _reasons = [];
    private DeliveryGap? _gap;
    private ObservedItem? _gapEnd;

    /// <summary>Items dropped, for whatever reason.</summary>
    public long Count { get; private set; }

    /// <summary>How many for which reason.</summary>
    public IReadOnlyDictionary<string, long> Reasons => new Dictionary<string, long>(_reasons);

    /// <summary>Adds an item, which ends the gap for now. An event that tells of an earlier gap was counted with that.</summary>
    public void Add(ObservedItem item, string reason)
    {
        AddCount(reason, item is ObservedEvent { Type: DeliveryGap.EventType } ? 0 : 1);
        var gap = DeliveryGap.Of(item, reason);
        _gap = _gap?.With(gap) ?? gap;
        _gapEnd = item;
    }

    /// <summary>Counts items of which the plugin hears in another way.</summary>
    public void AddCount(string reason, long items)
    {
        Count += items;
        _reasons[reason] = _reasons.GetValueOrDefault(reason) + items;
    }

    /// <summary>The event that takes the place of the gap; null if there is none. The next gap begins behind it.</summary>
    public ObservedEvent? TakeGap()
    {
        if (_gapEnd is null)
            return null;
        var told = _gap!.Value.ToEvent(_gapEnd.Sequence, _gapEnd.SessionTime);
        ForgetGap();
        return told;
    }

    /// <summary>Nobody is left to be told.</summary>
    public void ForgetGap() => (_gap, _gapEnd) = (null, null);
}
