using Kilometers.Monitoring.Observation;

namespace Kilometers.PluginHost.Dispatch;

/// <summary>
/// The items of a queue that its plugin's process may have died of: those that it had not acknowledged then. The next process gets them one
/// at a time, and one that is alone when that dies, too, is set aside. Its queue's lock guards it.
/// </summary>
internal sealed class Suspects
{
    /// <summary>
    /// A plugin handles items in order and acknowledges them by the batch: what it died of is among the first. Not all of many thousands are
    /// delivered one at a time.
    /// </summary>
    private const int Max = 2048;

    private ulong _last;
    private bool _isDoubtful;

    /// <summary>Whether an item is one.</summary>
    public bool Includes(ObservedItem item) => item.Sequence <= _last;

    /// <summary>The process died.</summary>
    /// <param name="sent">What it had not acknowledged, in order.</param>
    /// <returns>What it certainly died of; null if that is not certain.</returns>
    public ObservedItem? Died(IReadOnlyCollection<ObservedItem> sent)
    {
        var isDoubtful = _isDoubtful;
        _isDoubtful = false;
        if (sent.Count == 0)
            return null;
        var first = sent.First();

        // A plugin that even ends at a gap ends at anything.
        if (sent.Count == 1 && !isDoubtful && Includes(first) && first is not ObservedEvent { Type: DeliveryGap.EventType })
            return first;
        _last = sent.ElementAt(Math.Min(sent.Count, Max) - 1).Sequence;
        return null;
    }

    /// <summary>The next death may have another cause than what was sent.</summary>
    public void Doubt() => _isDoubtful = true;

    public void Forget() => (_last, _isDoubtful) = (0, false);
}
