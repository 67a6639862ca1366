namespace Kilometers.PluginHost.Dispatch;

/// <summary>A plugin's queue at one moment.</summary>
/// <param name="WaitingItems">Items not sent yet, those on disk included.</param>
/// <param name="WaitingBytes">The weight of those in memory.</param>
/// <param name="Unacknowledged">Items sent, and not acknowledged yet.</param>
/// <param name="Delivered">Items acknowledged, since the session's start.</param>
/// <param name="Dropped">Items dropped because the queue was full.</param>
/// <param name="Undelivered">Items that the plugin's end kept from it.</param>
/// <param name="LatencyP50">From the sending of a batch to its acknowledgement, the median, ms; null before the first.</param>
/// <param name="LatencyP99">The same, 99 of 100.</param>
internal readonly record struct QueueFigures(
    int WaitingItems,
    long WaitingBytes,
    int Unacknowledged,
    long Delivered,
    long Dropped,
    long Undelivered,
    double? LatencyP50,
    double? LatencyP99
);
