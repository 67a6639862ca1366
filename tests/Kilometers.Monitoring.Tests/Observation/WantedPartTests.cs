using System.Text;
using Kilometers.Link.Ring;
using Kilometers.Monitoring.JsonRpc;
using Kilometers.Monitoring.Observation;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Kilometers.Monitoring.Tests.Observation;

/// <summary>Of a message no more is made than somebody wants.</summary>
public sealed class WantedPartTests : IObservationSink
{
    private readonly List<ObservedMessage> _messages = [];
    private readonly SessionObserver _observer;
    private Func<MessageTraits, WantedPart> _wants = _ => WantedPart.Payload;

    public WantedPartTests() => _observer = new SessionObserver(this, 1000, new FakeTimeProvider());

    WantedPart IObservationSink.Wants(in MessageTraits message) => _wants(message);

    void IObservationSink.Observe(ObservedItem item)
    {
        if (item is ObservedMessage message)
            _messages.Add(message);
    }

    [Fact]
    public void Observe_MetadataWanted_CopiesNoBytes()
    {
        _wants = message => message.Direction == Direction.Inbound ? WantedPart.Metadata : WantedPart.Payload;
        Exchange(7);
        Assert.Equal((true, Request(7).Length - 1L), (_messages[0].Payload.IsEmpty, _messages[0].Size));
        Assert.Equal(Response(7).TrimEnd('\n'), Encoding.UTF8.GetString(_messages[1].Payload.Span));
    }

    [Fact]
    public void Observe_RequestNobodyWants_IsCountedAndFindsItsResponse()
    {
        _wants = message => message.Kind == JsonRpcKind.Request ? WantedPart.Nothing : WantedPart.Metadata;
        Exchange(7);
        var response = Assert.Single(_messages);
        Assert.Equal(
            ("tools/call", "echo", "7", 1UL, 2UL),
            (response.Method, response.Name, response.Envelope.Id, response.Exchange.RequestSequence, response.Sequence)
        );
        Assert.Equal((1L, 1L), (_observer.Statistics.Inbound, _observer.Statistics.Outbound));
    }

    [Fact]
    public void Observe_ResponseToAWantedMethod_IsAskedForByThatMethod()
    {
        _wants = message => message.Method == "tools/call" ? WantedPart.Metadata : WantedPart.Nothing;
        Exchange(1);
        Assert.Equal([JsonRpcKind.Request, JsonRpcKind.Response], _messages.Select(message => message.Envelope.Kind));
    }

    [Fact]
    public void Observe_MessagesNobodyWants_AllocatesNothingForEach()
    {
        const int Messages = 4000;
        _wants = _ => WantedPart.Nothing;
        var (request, response) = (Encoding.UTF8.GetBytes(Request(123_456)), Encoding.UTF8.GetBytes(Response(123_456)));
        Repeat(); // what is made once
        var before = GC.GetAllocatedBytesForCurrentThread();
        Repeat();
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < Messages, "less than a byte for each");
        Assert.Equal(2 * Messages, _observer.Statistics.Inbound + _observer.Statistics.Outbound);

        void Repeat()
        {
            for (var i = 0; i < Messages / 2; i++)
            {
                Observe(Channel.Inbound, request);
                Observe(Channel.Outbound, response);
            }
        }
    }

    private static string Request(int id) =>
        $$$$"""{"jsonrpc":"2.0","id":{{{{id}}}},"method":"tools/call","params":{"name":"echo","arguments":{"text":"hello"}}}""" + "\n";

    private static string Response(int id) =>
        $$$$"""{"jsonrpc":"2.0","result":{"content":[{"type":"text","text":"hello"}]},"id":{{{{id}}}}}""" + "\n";

    private void Exchange(int id)
    {
        Observe(Channel.Inbound, Encoding.UTF8.GetBytes(Request(id)));
        Observe(Channel.Outbound, Encoding.UTF8.GetBytes(Response(id)));
    }

    private void Observe(Channel channel, byte[] bytes) =>
        _observer.Observe(
            new SeenBytes
            {
                Channel = channel,
                Bytes = bytes,
                Timestamp = 0,
            }
        );
}
