using System.Text;
using Kilometers.Monitoring.Correlation;
using Kilometers.Monitoring.JsonRpc;
using Kilometers.Monitoring.Observation;
using Kilometers.PluginHost.Dispatch;
using Direction = Kilometers.Wire.V2.Direction;
using WireKind = Kilometers.Wire.V2.MessageKind;

namespace Kilometers.PluginHost.Tests.Dispatch;

public sealed class WireMappingTests
{
    private static readonly SessionFacts Facts = new()
    {
        SessionId = "s",
        ServerLabel = "label",
        HostVersion = "1.0.0",
        Started = DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds(1_000),
        Color = false,
    };

    [Fact]
    public void ToWire_AnswerWithAll_CarriesEveryMember()
    {
        var payload = """{"jsonrpc":"2.0","id":"a","error":{"code":-32000}}"""u8.ToArray();
        var item = WireMapping.ToWire(
            new ObservedMessage
            {
                Sequence = 9,
                SessionTime = TimeSpan.FromMilliseconds(1.5),
                Direction = Monitoring.JsonRpc.Direction.Outbound,
                Envelope = new JsonRpcEnvelope
                {
                    Kind = JsonRpcKind.ErrorResponse,
                    Id = "\"a\"",
                    ErrorCode = "-32000",
                },
                Payload = payload,
                Size = 12345,
                Truncated = true,
                Exchange = new Exchange
                {
                    Number = 255,
                    RequestSequence = 4,
                    Latency = TimeSpan.FromTicks(7),
                    Method = "tools/call",
                    Name = "echo",
                    RetryOf = 16,
                },
            },
            Facts,
            metadataOnly: false
        );
        Assert.Equal(9UL, item.Sequence);
        var message = item.Message;
        Assert.Equal((Direction.Outbound, WireKind.ErrorResponse), (message.Direction, message.Kind));
        Assert.Equal(payload, message.Payload.ToByteArray());
        Assert.Equal(("tools/call", "\"a\"", "echo", "-32000"), (message.Method, message.Id, message.Name, message.ErrorCode));
        Assert.Equal(("s-ff", 4UL, "s-10"), (message.CorrelationId, message.RequestSequence, message.RetryOf));
        Assert.Equal((1_000_001_500_000, 1_500_000, 700), (message.UnixTimeNs, message.MonotonicNs, message.LatencyNs));
        Assert.Equal(12345UL, message.Size);
        Assert.True(message.Truncated);
        Assert.False(message.PayloadOmitted);
    }

    [Fact]
    public void ToWire_MetadataOnly_LeavesThePayloadOutAndSaysSo()
    {
        var message = WireMapping.ToWire(Items.Message(1, 100), Facts, metadataOnly: true).Message;
        Assert.True(message.Payload.IsEmpty);
        Assert.True(message.PayloadOmitted);
        Assert.Equal(100UL, message.Size);
        Assert.Equal(0, message.LatencyNs);
        Assert.Equal("", message.RetryOf);
    }

    [Fact]
    public void ToWire_LatencyBelowTheClocksResolution_IsStillKnown()
    {
        var answer = new ObservedMessage
        {
            Sequence = 2,
            SessionTime = TimeSpan.Zero,
            Direction = Monitoring.JsonRpc.Direction.Outbound,
            Envelope = new JsonRpcEnvelope { Kind = JsonRpcKind.Response, Id = "1" },
            Payload = Encoding.ASCII.GetBytes("{}"),
            Size = 2,
            Exchange = new Exchange { Number = 1, Latency = TimeSpan.Zero },
        };
        Assert.Equal(1, WireMapping.ToWire(answer, Facts, metadataOnly: false).Message.LatencyNs);
    }

    [Fact]
    public void ToWire_ErrorAndEvent_CarryEveryMember()
    {
        var error = WireMapping.ToWire(Items.Error(3), Facts, metadataOnly: true).Error;
        Assert.Equal(
            ("parse_error", "not valid JSON at byte 3", Direction.Outbound, 1_001_000_000_000),
            (error.Type, error.Message, error.Direction, error.UnixTimeNs)
        );
        var occurrence = WireMapping.ToWire(Items.Event(4), Facts, metadataOnly: true).Event;
        Assert.Equal(("session.started", "value", 1_000_000_000_000), (occurrence.Type, occurrence.Data["key"], occurrence.UnixTimeNs));
    }

    [Fact]
    public void Kinds_ThereAndBack_AreTheSame()
    {
        foreach (var kind in Enum.GetValues<JsonRpcKind>())
            Assert.Equal(
                kind,
                WireMapping.FromWire(WireMapping.ToWire(Items.Message(1, kind: kind), Facts, metadataOnly: true).Message.Kind)
            );
    }
}
