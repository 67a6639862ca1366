using System.Text;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Tests.Events;

/// <summary>Events as a plugin sends them.</summary>
internal static class Sample
{
    private static long Count;

    public static EventItem Event(DateTimeOffset? time = null)
    {
        var timestamp = time ?? TimeProvider.System.GetUtcNow();
        timestamp = timestamp.AddTicks(-(timestamp.Ticks % TimeSpan.TicksPerMicrosecond));
        var number = Interlocked.Increment(ref Count);
        var payload = Encoding.UTF8.GetBytes($$"""{"jsonrpc":"2.0","id":{{number}},"method":"tools/call"}""");
        return new EventItem
        {
            Id = Guid.CreateVersion7(timestamp),
            Timestamp = timestamp,
            Direction = EventDirection.Inbound,
            Kind = EventKind.Request,
            Method = "tools/call",
            Name = "echo",
            RequestId = $"{number}",
            Payload = payload,
            Size = payload.Length,
            CorrelationId = $"c{number}",
            SessionId = "s1",
            Server = "everything",
            Sequence = number,
            Truncated = false,
            Redacted = false,
        };
    }

    public static List<EventItem> Events(int count, DateTimeOffset? time = null) =>
        [.. Enumerable.Range(0, count).Select(_ => Event(time))];
}
