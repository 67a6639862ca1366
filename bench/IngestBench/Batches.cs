using System.Globalization;
using System.Text;
using Kilometers.Contracts.Api;

namespace Kilometers.IngestBench;

/// <summary>The events that are written: those of one busy customer, requests and responses in turns.</summary>
internal static class Batches
{
    public const string Customer = "cus_0123456789ABCDEF";
    public const int Size = 100;
    private const int PayloadBytes = 1024;

    public static List<EventItem[]> Make(int count)
    {
        var now = TimeProvider.System.GetUtcNow();
        return
        [
            .. Enumerable
                .Range(0, count / Size)
                .Select(batch => Enumerable.Range(0, Size).Select(i => Make(now, (batch * Size) + i)).ToArray()),
        ];
    }

    public static EventBatch BatchOf(EventItem[] events) =>
        new()
        {
            Events = events,
            CorrelationId = "bench",
            CliVersion = "1.0.0",
            BatchTimestamp = events[0].Timestamp,
        };

    private static EventItem Make(DateTimeOffset start, int number)
    {
        var time = start.AddMicroseconds(number * 10);
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"jsonrpc\":\"2.0\",\"id\":{number / 2},\"method\":\"tools/call\",\"params\":{{\"name\":\"search\",\"arguments\":{{\"text\":\""
        );
        var payload = Encoding.UTF8.GetBytes(
            text + Convert.ToHexString(SHA(number)).PadRight(PayloadBytes - text.Length - 4, 'x') + "\"}}}"
        );
        return new EventItem
        {
            Id = Guid.CreateVersion7(time),
            Timestamp = new DateTimeOffset(time.Ticks - (time.Ticks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero),
            Direction = number % 2 == 0 ? EventDirection.Inbound : EventDirection.Outbound,
            Kind = number % 2 == 0 ? EventKind.Request : EventKind.Response,
            Method = "tools/call",
            Name = "search",
            RequestId = (number / 2).ToString(CultureInfo.InvariantCulture),
            Payload = payload,
            Size = payload.Length,
            CorrelationId = string.Create(CultureInfo.InvariantCulture, $"0123456789abcdef-{number / 2}"),
            SessionId = "0123456789abcdef0123456789abcdef",
            Server = "everything",
            Sequence = number,
            Truncated = false,
            Redacted = false,
        };
    }

    private static byte[] SHA(int number) => System.Security.Cryptography.SHA256.HashData(BitConverter.GetBytes(number));
}
