using Kilometers.Monitoring.Observation;

namespace Kilometers.PluginHost.Dispatch;

/// <summary>
/// Puts each observation into every plugin's queue. Plugins work in parallel, and <see cref="Observe"/> waits for none of them: for the disk
/// alone, and only where delivery is guaranteed. Whoever calls it may leave a burst where it is while <see cref="IsCatchingUp"/>.
/// </summary>
internal sealed class PluginDispatcher : IObservationSink
{
    private readonly PluginQueue[] _queues;

    public PluginDispatcher(IEnumerable<PluginQueue> queues) => _queues = [.. queues];

    /// <summary>Whether a plugin is working off a queue that is more than half full.</summary>
    public bool IsCatchingUp
    {
        get
        {
            foreach (var queue in _queues)
                if (queue.IsCatchingUp)
                    return true;
            return false;
        }
    }

    /// <summary>A plugin that has not said what it wants yet may want everything.</summary>
    public WantedPart Wants(in MessageTraits message)
    {
        var most = WantedPart.Nothing;
        foreach (var queue in _queues)
        {
            var wanted = queue.Wants(message);
            if (wanted > most)
                most = wanted;
        }

        return most;
    }

    public void Observe(ObservedItem item)
    {
        // :: Step 6 — the item is shared, only its place in the queue is the plugin's own.
        foreach (var queue in _queues)
            queue.Add(item);
    }
}
