using System.Globalization;
using Kilometers.Link.Ring;
using Kilometers.Monitoring.JsonRpc;

namespace Kilometers.Monitoring.Observation;

/// <summary>What was missed at one place of the stream, which every plugin that misses it is told by a <c>delivery.dropped</c> event.</summary>
/// <param name="Items">How many messages, or other items, as far as known.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Reason">Why: a <see cref="DropReason"/>, or several with commas between them.</param>
/// <param name="Direction"><c>inbound</c>, <c>outbound</c>, <c>stderr</c>, or <c>mixed</c>; null where none is concerned.</param>
public readonly record struct DeliveryGap(long Items, long Bytes, string Reason, string? Direction)
{
    /// <summary>The type of its event.</summary>
    public const string EventType = "delivery.dropped";

    /// <summary>The gap that an item leaves which is dropped; of an event that tells of a gap, that one.</summary>
    /// <param name="item">The item.</param>
    /// <param name="reason">Why it is dropped.</param>
    public static DeliveryGap Of(ObservedItem item, string reason) =>
        item switch
        {
            ObservedMessage message => new DeliveryGap(1, message.Size, reason, Name(message.Direction)),
            ObservedError error => new DeliveryGap(1, 0, reason, Name(error.Direction)),
            ObservedEvent { Type: EventType } earlier => Read(earlier.Data),
            ObservedEvent { Type: "server.stderr" } line => new DeliveryGap(
                1,
                line.Data.GetValueOrDefault("line")?.Length ?? 0,
                reason,
                "stderr"
            ),
            _ => new DeliveryGap(1, 0, reason, null),
        };

    /// <summary>Two gaps that follow each other without anything between them.</summary>
    /// <param name="next">The later one.</param>
    public DeliveryGap With(DeliveryGap next) =>
        new(
            Items + next.Items,
            Bytes + next.Bytes,
            DropReason.Both(Reason, next.Reason),
            Direction is null || Direction == next.Direction ? next.Direction
                : next.Direction is null ? Direction
                : "mixed"
        );

    /// <summary>The event that takes the place of what was missed.</summary>
    /// <param name="sequence">Of the last item missed.</param>
    /// <param name="time">When that was observed.</param>
    public ObservedEvent ToEvent(ulong sequence, TimeSpan time) =>
        new()
        {
            Sequence = sequence,
            SessionTime = time,
            Type = EventType,
            Data = ToData(),
        };

    /// <summary>What the event says.</summary>
    public IReadOnlyDictionary<string, string> ToData()
    {
        var data = new Dictionary<string, string>
        {
            ["items"] = Items.ToString(CultureInfo.InvariantCulture),
            ["bytes"] = Bytes.ToString(CultureInfo.InvariantCulture),
            ["reason"] = Reason,
        };
        if (Direction is not null)
            data["direction"] = Direction;
        return data;
    }

    private static DeliveryGap Read(IReadOnlyDictionary<string, string> data) =>
        new(
            long.Parse(data["items"], CultureInfo.InvariantCulture),
            long.Parse(data["bytes"], CultureInfo.InvariantCulture),
            data["reason"],
            data.GetValueOrDefault("direction")
        );

    private static string Name(Direction direction) => direction == JsonRpc.Direction.Inbound ? "inbound" : "outbound";
}

/// <summary>Why something was not delivered, in the words of <c>delivery.dropped</c>.</summary>
public static class DropReason
{
    /// <summary>The plugin's queue (<c>--queue-size</c>) was full.</summary>
    public const string QueueFull = "queue_full";

    /// <summary>A single item is larger than the plugin's queue.</summary>
    public const string TooLarge = "larger_than_queue";

    /// <summary>Delivery is guaranteed, but the disk took no more: it is full, too slow, or has what policy allows.</summary>
    public const string DiskFull = "disk_full";

    /// <summary>Delivery is guaranteed, but what was on disk could not be read.</summary>
    public const string DiskFailed = "disk_failed";

    /// <summary>km could not look at the traffic as fast as it passed.</summary>
    public const string ObserverBehind = "observer_behind";

    /// <summary>No host was there to look at the traffic: it was still starting, or had ended.</summary>
    public const string NoHost = "no_host";

    /// <summary>The host ended before plugins had handled what it had observed.</summary>
    public const string HostEnded = "host_ended";

    /// <summary>The system has no memory that the relay and the host could share.</summary>
    public const string NoSharedMemory = "no_shared_memory";

    /// <summary>The session ended before km had looked at it.</summary>
    public const string SessionEnded = "session_ended";

    /// <summary>A fault in km ended the observation.</summary>
    public const string ObserverFailed = "observer_failed";

    /// <summary>The plugin's process failed twice while it handled this item.</summary>
    public const string SetAside = "set_aside";

    /// <summary>Why bytes were missed, in these words.</summary>
    internal static string Of(MissedBecause because) =>
        because switch
        {
            MissedBecause.NoHost => NoHost,
            MissedBecause.NoHost | MissedBecause.HostWasBehind => Both(ObserverBehind, NoHost),
            _ => ObserverBehind,
        };

    /// <summary>The reasons of two gaps, each once.</summary>
    internal static string Both(string reasons, string others) =>
        reasons == others
            ? reasons
            : string.Join(',', $"{reasons},{others}".Split(',', StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal));
}
