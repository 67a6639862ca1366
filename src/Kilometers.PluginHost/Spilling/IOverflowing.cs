using Kilometers.Monitoring.Observation;

namespace Kilometers.PluginHost.Spilling;

/// <summary>The queue that an overflow belongs to. All of it is called under the queue's own lock.</summary>
internal interface IOverflowing
{
    /// <summary>Guards the queue and its overflow.</summary>
    Lock Gate { get; }

    /// <summary>Whether so much comes in again; the first always does.</summary>
    bool HasRoom(long weight);

    /// <summary>Items come back, in order.</summary>
    void TakeBack(IReadOnlyList<ObservedItem> items);

    /// <summary>Items are lost.</summary>
    /// <param name="items">How many.</param>
    /// <param name="gap">What the plugin is told in their place.</param>
    /// <param name="last">The last of them, by its sequence and its time.</param>
    void Lose(int items, DeliveryGap gap, (ulong Sequence, TimeSpan Time) last);
}
