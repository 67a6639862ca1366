using System.Text;
using Kilometers.Monitoring.JsonRpc;
using Kilometers.Monitoring.Observation;
using Kilometers.Monitoring.Relay;
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
        Assert.Equal([MessageKind.Request, MessageKind.Notification], Messages().Select(m => m.Envelope.Kind));
        Assert.Equal("""{"jsonrpc":"2.0","method":"notifications/x"}""", Encoding.UTF8.GetString(Messages()[1].Payload.Span));
    }

    [Fact]
    public void Observe_TextOnStdout_IsNoise()
    {
        Send(Channel.Outbound, "Listening on stdio\r\n\n");
        Assert.Equal(MessageKind.NotJsonRpc, Assert.Single(Messages()).Envelope.Kind);
        Assert.Equal("stdout.noise", Assert.Single(_items.OfType<ObservedEvent>()).Type);
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
        Assert.Equal(("tools/call", MessageKind.Response, 1000), (large.Method, large.Envelope.Kind, large.Payload.Length));
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
        Send(Channel.Inbound, """{"id":0,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}""" + "\n");
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
        _observer.Observe(new Piece(Channel.ServerError, null, 0, 0, _time.GetTimestamp()));
        Assert.Equal(["starting", "up"], _items.OfType<ObservedEvent>().Select(e => e.Data["line"]));
    }

    [Fact]
    public void Observe_Items_AreNumberedWithoutGaps()
    {
        Send(Channel.Inbound, "{\"id\":1,\"method\":\"a\"}\nnoise\n{\n[1,2]\n");
        Assert.Equal(Enumerable.Range(1, _items.Count).Select(i => (ulong)i), _items.Select(i => i.Sequence));
    }

    private List<ObservedMessage> Messages() => [.. _items.OfType<ObservedMessage>()];

    private void Send(Channel channel, string text)
    {
        var chunk = Chunk.Rent();
        var bytes = Encoding.UTF8.GetBytes(text);
        bytes.CopyTo(chunk.Bytes);
        _observer.Observe(new Piece(channel, chunk, 0, bytes.Length, _time.GetTimestamp()));
    }
}
