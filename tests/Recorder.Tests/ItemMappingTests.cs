using System.Text;
using Kilometers.Plugin.Sdk;
using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Plugin.Sdk.Redaction;
using Kilometers.Recordings;

namespace Kilometers.Plugins.Recorder.Tests;

public sealed class ItemMappingTests
{
    private const string Secret = "ghp_0123456789abcdefghijABCDEFGHIJ012345";

    private static readonly ObservedMessage Message = new()
    {
        Direction = MessageDirection.Outbound,
        Kind = MessageKind.ErrorResponse,
        Payload = Encoding.UTF8.GetBytes($$"""{"jsonrpc":"2.0","id":"{{Secret}}","error":{"code":1,"message":"token={{Secret}}"} }"""),
        Method = "tools/call",
        Name = "login " + Secret,
        Id = $"\"{Secret}\"",
        CorrelationId = "c-1",
        Sequence = 7,
        RequestSequence = 6,
        Latency = TimeSpan.FromMilliseconds(3),
        ErrorCode = "1",
        ErrorText = "token=" + Secret,
        Size = 99,
    };

    [Fact]
    public void Message_Masked_HasNoSecretAnywhere()
    {
        var item = Map(Payloads.Masked).Message(Message);
        Assert.Equal(
            (7L, 6L, 99L, RecordedDirection.Out, RecordedKind.ErrorResponse),
            (item.Sequence, item.RequestSequence, item.Size, item.Direction, item.Kind)
        );
        Assert.Equal(TimeSpan.FromMilliseconds(3), item.Latency);
        var everything = string.Join('\n', item.Name, item.RequestId, item.ErrorText, Encoding.UTF8.GetString(item.Payload!.Value.Span));
        Assert.DoesNotContain(Secret, everything, StringComparison.Ordinal);
        Assert.Contains("***", everything, StringComparison.Ordinal);
    }

    [Fact]
    public void Message_Off_KeepsNeitherPayloadNorErrorText()
    {
        var item = Map(Payloads.Off).Message(Message);
        Assert.Null(item.Payload);
        Assert.Equal("", item.ErrorText);
        Assert.Equal("1", item.ErrorCode);
        Assert.DoesNotContain(Secret, item.Name, StringComparison.Ordinal);
    }

    [Fact]
    public void Message_Full_KeepsEveryByte() =>
        Assert.Equal(Message.Payload.ToArray(), Map(Payloads.Full).Message(Message).Payload!.Value.ToArray());

    [Fact]
    public void Event_LineOfStandardError_IsMaskedAndLeftOutWithoutPayloads()
    {
        var line = new StreamEvent
        {
            Type = StreamEventType.ServerStandardError,
            Sequence = 3,
            Data = new Dictionary<string, string> { ["line"] = "token=" + Secret },
        };
        Assert.Equal("token=***", Assert.IsType<RecordedErrorLine>(Map(Payloads.Masked).Event(line)).Line);
        Assert.Null(Map(Payloads.Off).Event(line));
    }

    [Fact]
    public void Event_Noise_LosesItsTextWithoutPayloads()
    {
        var noise = new StreamEvent
        {
            Type = StreamEventType.StandardOutputNoise,
            Data = new Dictionary<string, string> { ["size"] = "9", ["text"] = "some text" },
        };
        Assert.Equal(["size"], Assert.IsType<RecordedEvent>(Map(Payloads.Off).Event(noise)).Data.Keys);
        Assert.Equal(["size", "text"], Assert.IsType<RecordedEvent>(Map(Payloads.Masked).Event(noise)).Data.Keys);
    }

    [Fact]
    public void Session_Command_IsMaskedEvenWhenPayloadsAreNot()
    {
        var facts = Map(Payloads.Full).Session(new SessionInfo { Id = "s", Command = "server --token " + Secret });
        Assert.Equal(("s", "server --token ***", "full"), (facts.Key, facts.Command, facts.Payloads));
    }

    private static ItemMapping Map(Payloads payloads) => new(payloads, new Redactor());
}
