using CsCheck;
using Kilometers.Monitoring.Correlation;
using Kilometers.Monitoring.JsonRpc;
using Kilometers.Monitoring.Observation;
using Kilometers.PluginHost.Spilling;

namespace Kilometers.PluginHost.Tests.Spilling;

public sealed class ItemCodecTests
{
    private static readonly Gen<string?> Text = Gen.OneOf(
            Gen.String[0, 20],
            Gen.Int[0, 2]
                .Select(which =>
                    which == 0 ? ""
                    : which == 1 ? "half \ud800"
                    : "é🙂"
                ),
            Gen.String[0, 3]
        )
        .Select(text => text == "" ? null : text);

    private static readonly Gen<ObservedItem> Messages = Gen.Select(
            Gen.ULong,
            Gen.Long[0, long.MaxValue],
            Gen.Byte.Array[0, 100],
            Text.Array[12],
            Gen.Int[0, 4],
            Gen.Bool,
            Gen.ULong.Array[3]
        )
        .Select(
            ObservedItem (parts) =>
            {
                var (sequence, ticks, payload, texts, kind, flag, numbers) = parts;
                return new ObservedMessage
                {
                    Sequence = sequence,
                    SessionTime = new TimeSpan(ticks),
                    Direction = flag ? Direction.Inbound : Direction.Outbound,
                    Payload = payload,
                    Size = ticks,
                    Truncated = flag,
                    Envelope = new JsonRpcEnvelope
                    {
                        Kind = (JsonRpcKind)kind,
                        Id = texts[0],
                        Method = texts[1],
                        Name = texts[2],
                        ErrorCode = texts[3],
                        ErrorText = texts[11],
                        ProtocolVersion = texts[4],
                        CancelledId = texts[5],
                        InputRequired = flag,
                        RequestState = texts[6],
                        InputKeys = texts[7],
                        ParseError = texts[8],
                    },
                    Exchange = new Exchange
                    {
                        Number = numbers[0],
                        RequestSequence = numbers[1],
                        RetryOf = numbers[2],
                        IsAmbiguous = flag,
                        Latency = flag ? new TimeSpan(ticks) : null,
                        Method = texts[9],
                        Name = texts[10],
                    },
                };
            }
        );

    [Fact]
    public void Read_OfAnyMessage_IsThatMessage() =>
        Messages.Sample(item =>
        {
            var (message, copy) = ((ObservedMessage)item, (ObservedMessage)Copy(item));
            Assert.Equal(message.Payload.ToArray(), copy.Payload.ToArray());
            Assert.Equal(
                (message.Sequence, message.SessionTime, message.Direction, message.Size, message.Truncated),
                (copy.Sequence, copy.SessionTime, copy.Direction, copy.Size, copy.Truncated)
            );
            Assert.Equal(message.Envelope, copy.Envelope);
            Assert.Equal(message.Exchange, copy.Exchange);
        });

    [Fact]
    public void Read_OfEventsAndErrors_IsWhatTheyWere()
    {
        var occurrence = Assert.IsType<ObservedEvent>(Copy(Items.Event(7)));
        Assert.Equal((7UL, "session.started", "value"), (occurrence.Sequence, occurrence.Type, occurrence.Data["key"]));
        var error = Assert.IsType<ObservedError>(Copy(Items.Error(8)));
        Assert.Equal(
            (8UL, TimeSpan.FromSeconds(1), "parse_error", "not valid JSON at byte 3", Direction.Outbound),
            (error.Sequence, error.SessionTime, error.Type, error.Message, error.Direction)
        );
    }

    private static ObservedItem Copy(ObservedItem item)
    {
        using var bytes = new MemoryStream();
        using (var writer = new BinaryWriter(bytes, System.Text.Encoding.UTF8, leaveOpen: true))
            ItemCodec.Write(writer, item);
        bytes.Position = 0;
        using var reader = new BinaryReader(bytes);
        var copy = ItemCodec.Read(reader);
        Assert.Equal(bytes.Length, bytes.Position);
        return copy;
    }
}
