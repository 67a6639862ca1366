using System.Text;
using Kilometers.Monitoring.Correlation;
using Kilometers.Monitoring.JsonRpc;
using Kilometers.Monitoring.Observation;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Kilometers.Monitoring.Tests.Correlation;

public sealed class CorrelatorTests
{
    private readonly Correlator _correlator = new();
    private readonly FakeTimeProvider _time = new();
    private ulong _sequence;

    [Fact]
    public void Relate_BothSidesUseTheSameId_EachFindsItsOwn()
    {
        var client = Client("""{"id":0,"method":"tools/list"}""");
        var server = Server("""{"id":0,"method":"sampling/createMessage"}""");
        var answerToServer = Client("""{"id":0,"result":{}}""");
        var answerToClient = Server("""{"id":0,"result":{}}""");
        Assert.Equal((server.Number, "sampling/createMessage"), (answerToServer.Number, answerToServer.Method));
        Assert.Equal((client.Number, "tools/list"), (answerToClient.Number, answerToClient.Method));
        Assert.NotEqual(client.Number, server.Number);
    }

    [Fact]
    public void Relate_StringAndNumber_AreDifferentIds()
    {
        Client("""{"id":1,"method":"a"}""");
        var text = Client("""{"id":"1","method":"b"}""");
        Assert.Equal(text.Number, Server("""{"id":"1","result":{}}""").Number);
        Assert.Equal("a", Server("""{"id":1,"result":{}}""").Method);
    }

    [Fact]
    public void Relate_Response_KnowsItsLatencyAndRequest()
    {
        Client("""{"id":7,"method":"tools/call","params":{"name":"add"}}""");
        _time.Advance(TimeSpan.FromMilliseconds(25));
        var response = Server("""{"id":7,"result":{}}""");
        Assert.Equal((TimeSpan.FromMilliseconds(25), 1UL, "add"), (response.Latency, response.RequestSequence, response.Name));
    }

    [Fact]
    public void Relate_LateResponseAfterCancellation_StillFindsItsRequest()
    {
        var request = Client("""{"id":7,"method":"tools/call"}""");
        Client("""{"method":"notifications/cancelled","params":{"requestId":7}}""");
        Assert.Equal(request.Number, Server("""{"id":7,"result":{}}""").Number);
    }

    [Fact]
    public void Relate_ResponseToNothing_StandsAlone()
    {
        var response = Server("""{"id":7,"result":{}}""");
        Assert.Null(response.Latency);
        Assert.Equal(0UL, response.RequestSequence);
    }

    [Fact]
    public void Relate_Retry_IsLinkedByItsExactRequestState()
    {
        var first = Client("""{"id":1,"method":"tools/call","params":{"name":"x"}}""");
        var second = Client("""{"id":2,"method":"tools/call","params":{"name":"x"}}""");
        Server("""{"id":1,"result":{"resultType":"input_required","requestState":"A","inputRequests":{"q":{}}}}""");
        Server("""{"id":2,"result":{"resultType":"input_required","requestState":"B","inputRequests":{"q":{}}}}""");
        Assert.Equal(second.Number, Client("""{"id":3,"method":"tools/call","params":{"name":"x","requestState":"B","inputResponses":{"q":1}}}""").RetryOf);
        Assert.Equal(first.Number, Client("""{"id":4,"method":"tools/call","params":{"name":"x","requestState":"A","inputResponses":{"q":1}}}""").RetryOf);
        Assert.Equal(0UL, Client("""{"id":5,"method":"tools/call","params":{"name":"x","requestState":"C","inputResponses":{"q":1}}}""").RetryOf);
    }

    [Fact]
    public void Relate_RetryWithoutState_IsLinkedOnlyIfUnique()
    {
        var only = Client("""{"id":1,"method":"tools/call","params":{"name":"x"}}""");
        Server("""{"id":1,"result":{"resultType":"input_required","inputRequests":{"q":{},"r":{}}}}""");
        Assert.Equal(0UL, Client("""{"id":2,"method":"tools/call","params":{"name":"x","inputResponses":{"q":1}}}""").RetryOf);
        Assert.Equal(only.Number, Client("""{"id":3,"method":"tools/call","params":{"name":"x","inputResponses":{"r":1,"q":1}}}""").RetryOf);

        Client("""{"id":4,"method":"tools/call","params":{"name":"y"}}""");
        Client("""{"id":5,"method":"tools/call","params":{"name":"y"}}""");
        Server("""{"id":4,"result":{"resultType":"input_required","inputRequests":{"q":{}}}}""");
        Server("""{"id":5,"result":{"resultType":"input_required","inputRequests":{"q":{}}}}""");
        Assert.Equal(0UL, Client("""{"id":6,"method":"tools/call","params":{"name":"y","inputResponses":{"q":1}}}""").RetryOf);
    }

    [Fact]
    public void Relate_RequestsThatAreNeverAnswered_AreForgottenAtTheLimit()
    {
        for (var i = 0; i < Correlator.MostOpen + 1000; i++) Client($$"""{"id":{{i}},"method":"a"}""");
        Assert.Equal(Correlator.MostOpen, _correlator.OpenCount);
        Assert.Null(Server("""{"id":0,"result":{}}""").Latency);
        Assert.NotNull(Server($$$"""{"id":{{{Correlator.MostOpen + 999}}},"result":{}}""").Latency);
    }

    [Fact]
    public void Quantile_KnownDurations_IsWithinABucket()
    {
        var histogram = new LatencyHistogram();
        for (var i = 1; i <= 1000; i++) histogram.Add(TimeSpan.FromMilliseconds(i));
        Assert.InRange(histogram.Quantile(0.5).TotalMilliseconds, 500 * 15 / 16.0, 500);
        Assert.InRange(histogram.Quantile(0.99).TotalMilliseconds, 990 * 15 / 16.0, 990);
        Assert.InRange(histogram.Quantile(1).TotalMilliseconds, 1000 * 15 / 16.0, 1000);
    }

    private Exchange Client(string text) => Relate(Direction.Inbound, text);

    private Exchange Server(string text) => Relate(Direction.Outbound, text);

    private Exchange Relate(Direction direction, string text) =>
        _correlator.Relate(direction, EnvelopeReader.Read(Encoding.UTF8.GetBytes(text)), ++_sequence, _time.GetTimestamp(), _time);
}
