using System.Text;
using System.Text.Json;
using Kilometers.Contracts.Api;
using Kilometers.Plugin.Sdk;
using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Plugin.Sdk.Redaction;
using Kilometers.Plugins.ApiLogger.Recording;
using Kilometers.Plugins.ApiLogger.Sending;

namespace Kilometers.Plugins.ApiLogger.Tests.Recording;

public sealed class EventRecorderTests
{
    private static readonly string Secret = "ghp_" + new string('7', 36);
    private static readonly SessionInfo Session = new() { Id = "s1", ServerLabel = "files" };

    [Fact]
    public void Record_Message_HasAllThatIsKnown()
    {
        var item = Read(Record(Message()));
        Assert.Equal(
            (EventDirection.Outbound, EventKind.ErrorResponse, "tools/call", "echo"),
            (item.Direction, item.Kind, item.Method, item.Name)
        );
        Assert.Equal(
            ("\"a\"", "c1", "s1", "files", 7L, 1000L),
            (item.RequestId, item.CorrelationId, item.SessionId, item.Server, item.Sequence, item.Size)
        );
        Assert.Equal("{\"a\":\"ü\"}", Encoding.UTF8.GetString(item.Payload!.Value.Span));
        Assert.Equal(new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, 901, TimeSpan.Zero), item.Timestamp);
        Assert.True(item.Truncated);
        Assert.False(item.Redacted);
    }

    [Fact]
    public void Record_WithoutPayloads_HasNone()
    {
        var item = Read(Record(Message(), payloads: false));
        Assert.Null(item.Payload);
        Assert.False(item.Truncated);
        Assert.Null(Read(Record(Message(omitted: true))).Payload);
    }

    [Fact]
    public void Record_SecretsAnywhere_AreMasked()
    {
        var message = new ObservedMessage
        {
            Direction = MessageDirection.Inbound,
            Kind = MessageKind.Request,
            Method = "call " + Secret,
            Name = "file:///x?token=" + Secret,
            Id = JsonSerializer.Serialize(Secret),
            CorrelationId = Secret,
            Payload = Encoding.UTF8.GetBytes($$$"""{"error":{"message":"no access with {{{Secret}}}"}}"""),
        };
        var record = new EventRecorder(Session with { ServerLabel = "server " + Secret }, new Redactor(), payloads: true).Record(message);
        var item = Read(record);
        Assert.True(item.Redacted);
        Assert.DoesNotContain(Secret[8..], Encoding.UTF8.GetString(record), StringComparison.Ordinal);
        Assert.Equal("""{"error":{"message":"no access with ghp_***"}}""", Encoding.UTF8.GetString(item.Payload!.Value.Span));
        JsonDocument.Parse(item.RequestId!).Dispose();
    }

    [Fact]
    public void Record_UnknownDirectionOrKind_IsRefused()
    {
        Assert.Throws<InvalidOperationException>(() => Record(new ObservedMessage { Kind = MessageKind.Request }));
        Assert.Throws<InvalidOperationException>(() => Record(new ObservedMessage { Direction = MessageDirection.Inbound }));
    }

    [Fact]
    public void Record_Id_IsVersion7OfTheMessagesTimeAndTheSameEachTime()
    {
        var id = Read(Record(Message())).Id;
        Assert.Equal(id, Read(Record(Message(), payloads: false)).Id);
        Assert.Equal(
            (7, new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero).ToUnixTimeMilliseconds()),
            (id.Version, Convert.ToInt64(id.ToString("N")[..12], 16))
        );
        Assert.Contains(id.ToString()[19], "89ab");
        var time = DateTimeOffset.UnixEpoch;
        Guid[] others =
        [
            EventId.Create(time, "s1", 1),
            EventId.Create(time, "s1", 2),
            EventId.Create(time, "s2", 1),
            EventId.Create(time, "s1", 1UL << 40),
            EventId.Create(time.AddMilliseconds(1), "s1", 1),
        ];
        Assert.Equal(others.Length, others.Distinct().Count());
    }

    [Fact]
    public void IdOf_Record_IsItsId()
    {
        var record = Record(Message());
        Assert.Equal(Read(record).Id, EventsClient.IdOf(record));
    }

    private static byte[] Record(ObservedMessage message, bool payloads = true) =>
        new EventRecorder(Session, new Redactor(), payloads).Record(message);

    private static EventItem Read(byte[] record) => JsonSerializer.Deserialize(record, ApiEventJsonContext.Default.EventItem)!;

    private static ObservedMessage Message(bool omitted = false) =>
        new()
        {
            Direction = MessageDirection.Outbound,
            Kind = MessageKind.ErrorResponse,
            Method = "tools/call",
            Name = "echo",
            Id = "\"a\"",
            CorrelationId = "c1",
            Payload = omitted ? default : "{\"a\":\"ü\"}"u8.ToArray(),
            PayloadOmitted = omitted,
            Size = 1000,
            IsTruncated = true,
            Sequence = 7,
            Time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, 901, TimeSpan.Zero),
        };
}
