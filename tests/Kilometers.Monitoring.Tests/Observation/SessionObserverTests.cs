using System.Text;
using Kilometers.Link.Ring;
using Kilometers.Monitoring.JsonRpc;
using Kilometers.Monitoring.Observation;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Kilometers.Monitoring.Tests.Observation;

public sealed class SessionObserverTests : IObservationSink
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<ObservedItem> _items = [];
    private readonly SessionObserver _observer;

    public SessionObserverTests() => _observer = new SessionObserver(this, 1000, _time);

    void IObservationSink.Observe(ObservedItem item) => _items.Add(item);

    [Fact]
    public void Observe_Batch_IsSeenElementByElement()
    {
        Send(Channel.Inbound, """[{"jsonrpc":"2.0","id":1,"method":"tools/list"},{"jsonrpc":"2.0","method":"notifications/x"}]""" + "\n");
        Assert.Equal([JsonRpcKind.Request, JsonRpcKind.Notification], Messages().Select(m => m.Envelope.Kind));
        Assert.Equal("""{"jsonrpc":"2.0","method":"notifications/x"}""", Encoding.UTF8.GetString(Messages()[1].Payload.Span));
    }

    [Fact]
    public void Observe_StoppedRequest_IsMarkedWithItsAnswer()
    {
        Send(Channel.Inbound, """{"id":1,"method":"tools/call","params":{"name":"rm"}}""" + "\n", seen =>
            seen with
            {
                Fate = PieceFate.Stopped,
            }
        );
        Send(Channel.Inbound, """{"id":1,"error":{"code":403,"message":"no"}}""" + "\n", seen => seen with { Fate = PieceFate.Answer });
        Send(Channel.Inbound, """{"id":2,"method":"ping"}""" + "\n");
        Assert.Equal([true, true, false], Messages().Select(message => message.IsStopped));
        Assert.Equal([Direction.Inbound, Direction.Outbound, Direction.Inbound], Messages().Select(message => message.Direction));
        Assert.Equal(
            ("tools/call", "rm", "403", "no"),
            (Messages()[1].Method, Messages()[1].Name, Messages()[1].Envelope.ErrorCode, Messages()[1].Envelope.ErrorText)
        );
    }

    [Fact]
    public void Observe_TextOnStdout_IsNoise()
    {
        Send(Channel.Outbound, "Listening on stdio\r\n\n");
        Assert.Equal(JsonRpcKind.NotJsonRpc, Assert.Single(Messages()).Envelope.Kind);
        Assert.Equal("stdout.noise", Assert.Single(_items.OfType<ObservedEvent>()).Type);
    }

    [Fact]
    public void Observe_Noise_ShowsItsBeginning()
    {
        Send(Channel.Outbound, "Listening on " + new string('x', 900) + "\n[INFO] ready\n");
        Assert.Equal(["Listening on " + new string('x', 900), "[INFO] ready"], _items.OfType<ObservedEvent>().Select(e => e.Data["text"]));
        Assert.Empty(_items.OfType<ObservedError>());
    }

    [Theory]
    [InlineData("\uFEFF")]
    [InlineData("\uFEFF \r")]
    [InlineData(" \t\r")]
    public void Observe_NothingButWhiteSpaceAndMarks_IsNothing(string line)
    {
        Send(Channel.Inbound, line + "\n");
        Assert.Empty(_items);
    }

    [Fact]
    public void Observe_ByteOrderMarkBeforeAMessage_IsNotAPartOfIt()
    {
        Send(Channel.Inbound, "\uFEFF{\"id\":1,\"method\":\"a\"}\n\uFEFF[{\"id\":2,\"method\":\"b\"}]\r\n");
        Assert.Equal(
            ["""{"id":1,"method":"a"}""", """{"id":2,"method":"b"}"""],
            Messages().Select(m => Encoding.UTF8.GetString(m.Payload.Span))
        );
        Assert.All(Messages(), m => Assert.Equal(JsonRpcKind.Request, m.Envelope.Kind));
    }

    [Fact]
    public void Observe_EmptyBatch_IsSeen()
    {
        Send(Channel.Inbound, "[]\n");
        Assert.Equal("an empty batch", Assert.Single(Messages()).Envelope.ParseError);
    }

    [Fact]
    public void Observe_LargeBatch_IsNotCalledNoise()
    {
        Send(Channel.Outbound, """[{"id":1,"result":{"x":" """ + new string('x', 5000) + "\"}}]\n");
        Assert.Empty(_items.OfType<ObservedEvent>());
        Assert.Equal("parse_error", Assert.Single(_items.OfType<ObservedError>()).Type);
    }

    [Fact]
    public void Observe_MessageWithoutItsMiddle_IsCutAndNotAboveTheLimit()
    {
        Send(Channel.Outbound, """{"id":1,"result":{"x":" """);
        Send(Channel.Outbound, "xx\"}}\n", piece => piece with { Skipped = 500 });
        Assert.True(Assert.Single(Messages()).Truncated);
        Assert.Equal((0, 1), (_observer.Statistics.Truncated, _observer.Statistics.Cut));
        var told = Assert.Single(_items.OfType<ObservedEvent>());
        Assert.Equal(
            (DeliveryGap.EventType, DropReason.ObserverBehind, "outbound", "0"),
            (told.Type, told.Data["reason"], told.Data["direction"], told.Data["items"])
        );
    }

    [Fact]
    public void Observe_Gap_IsToldInItsPlaceWithAllThatIsMissing()
    {
        Send(Channel.Inbound, "{\"method\":\"a\"}\nbegun");
        Send(Channel.Inbound, "rest\n{\"method\":\"b\"}\n", piece => piece with { Missed = new MissedBytes(100, 3, EndsInLine: true) });
        Assert.Equal(
            ["a", "delivery.dropped", "b"],
            _items.Select(item => (item as ObservedMessage)?.Method ?? ((ObservedEvent)item).Type)
        );
        var data = ((ObservedEvent)_items[1]).Data;
        Assert.Equal(("4", "109", "observer_behind", "inbound"), (data["items"], data["bytes"], data["reason"], data["direction"]));
        Assert.Equal(new DeliveryGap(4, 109, "observer_behind", "inbound"), Assert.Single(_observer.Statistics.Missed).Value);
    }

    [Theory]
    [InlineData(MissedBecause.HostWasBehind, "observer_behind")]
    [InlineData(MissedBecause.NoHost, "no_host")]
    [InlineData(MissedBecause.NoHost | MissedBecause.HostWasBehind, "observer_behind,no_host")]
    public void Observe_Gap_IsToldWithItsReason(MissedBecause because, string reason)
    {
        Send(Channel.Inbound, "", piece => piece with { Missed = new MissedBytes(100, 3, EndsInLine: false, because) });
        Send(Channel.Outbound, """{"id":1,"result":{"x":" """);
        Send(Channel.Outbound, "xx\"}}\n", piece => piece with { Skipped = 500, Missed = new MissedBytes(0, 0, false, because) });
        Assert.Equal([reason, reason], _items.OfType<ObservedEvent>().Select(told => told.Data["reason"]));
    }

    [Fact]
    public void Resume_AfterAnotherObserver_TellsWhatItLostAndMakesNoMessageOfTheRestOfALine()
    {
        _observer.Resume(7, [40, 0, 0]);
        Send(Channel.Inbound, "\"}}\n{\"method\":\"b\"}\n");
        Assert.Equal(
            ["7 0 host_ended", "1 43 host_ended inbound"],
            _items.OfType<ObservedEvent>().Select(told => string.Join(' ', told.Data.Values))
        );
        Assert.Equal("b", Assert.Single(Messages()).Method);
        Assert.Empty(_items.OfType<ObservedError>());
    }

    [Fact]
    public void Observe_TwoGapsWithinOneLine_CountItOnce()
    {
        Send(Channel.Inbound, "x", piece => piece with { Missed = new MissedBytes(10, 1, EndsInLine: true) });
        Send(Channel.Inbound, "y", piece => piece with { Missed = new MissedBytes(10, 0, EndsInLine: true) });
        Send(Channel.Inbound, "{\"method\":\"b\"}\n", piece => piece with { Missed = new MissedBytes(10, 1, EndsInLine: false) });
        var data = ((ObservedEvent)_items[0]).Data;
        Assert.Equal(("2", "32"), (data["items"], data["bytes"]));
        Assert.Equal("b", Assert.Single(Messages()).Method);
    }

    [Fact]
    public void Observe_BrokenJson_IsAnErrorWithoutPayload()
    {
        Send(Channel.Outbound, "{\"secret\":\"abc\n");
        var error = Assert.Single(_items.OfType<ObservedError>());
        Assert.Equal("parse_error", error.Type);
        Assert.DoesNotContain("abc", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Observe_LargeMessage_IsMarkedTruncatedAndStillPaired()
    {
        Send(Channel.Inbound, """{"id":1,"method":"tools/call","params":{"name":"big"}}""" + "\n");
        Send(Channel.Outbound, """{"result":{"text":" """ + new string('x', 5000) + """ "},"jsonrpc":"2.0","id":1}""" + "\n");
        var large = Messages()[1];
        Assert.True(large.Truncated);
        Assert.Equal(("tools/call", JsonRpcKind.Response, 1000), (large.Method, large.Envelope.Kind, large.Payload.Length));
        Assert.True(large.Size > 5000);
        Assert.Equal(1, _observer.Statistics.Truncated);
    }

    [Fact]
    public void Observe_Initialize_IsReportedWithItsVersion()
    {
        Send(Channel.Inbound, """{"id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18"}}""" + "\n");
        Send(Channel.Outbound, """{"id":0,"result":{"protocolVersion":"2025-06-18"}}""" + "\n");
        Send(Channel.Inbound, """{"method":"notifications/initialized"}""" + "\n");
        var initialized = Assert.Single(_items.OfType<ObservedEvent>());
        Assert.Equal(("session.initialized", "2025-06-18"), (initialized.Type, initialized.Data["protocolVersion"]));
    }

    [Fact]
    public void Observe_ModernRequest_InitializesTheSession()
    {
        Send(
            Channel.Inbound,
            """{"id":0,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}""" + "\n"
        );
        Assert.Equal("2026-07-28", Assert.Single(_items.OfType<ObservedEvent>()).Data["protocolVersion"]);
    }

    [Fact]
    public void Observe_Subscription_DoesNotCountAsLatency()
    {
        Send(Channel.Inbound, """{"id":0,"method":"subscriptions/listen"}""" + "\n");
        _time.Advance(TimeSpan.FromHours(1));
        Send(Channel.Outbound, """{"id":0,"result":{}}""" + "\n");
        Assert.Equal(0, _observer.Statistics.Latency.Count);
    }

    [Fact]
    public void Observe_ServerErrorLine_IsAnEvent()
    {
        Send(Channel.ServerError, "starting\nup");
        _observer.Observe(new SeenBytes { Channel = Channel.ServerError, Timestamp = _time.GetTimestamp() });
        Assert.Equal(["starting", "up"], _items.OfType<ObservedEvent>().Select(e => e.Data["line"]));
    }

    [Fact]
    public void Observe_Items_AreNumberedWithoutGaps()
    {
        Send(Channel.Inbound, "{\"id\":1,\"method\":\"a\"}\nnoise\n{\n[1,2]\n");
        Assert.Equal(Enumerable.Range(1, _items.Count).Select(i => (ulong)i), _items.Select(i => i.Sequence));
    }

    private List<ObservedMessage> Messages() => [.. _items.OfType<ObservedMessage>()];

    private void Send(Channel channel, string text, Func<SeenBytes, SeenBytes>? with = null)
    {
        var seen = new SeenBytes
        {
            Channel = channel,
            Bytes = Encoding.UTF8.GetBytes(text),
            Timestamp = _time.GetTimestamp(),
        };
        if (with is null)
            _observer.Observe(seen);
        else
            _observer.Observe(with(seen));
    }
}
