using System.Text;
using CsCheck;
using Kilometers.Monitoring.Correlation;
using Kilometers.Monitoring.JsonRpc;
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
    public void Relate_NullIds_AreNeverTakenForAPair()
    {
        var first = Client("""{"id":null,"method":"tools/call","params":{"name":"first"}}""");
        var second = Client("""{"id":null,"method":"tools/call","params":{"name":"second"}}""");
        Assert.NotEqual(first.Number, second.Number);
        AssertAmbiguous(Server("""{"id":null,"error":{"code":-32700}}"""));
        Assert.Equal(1, _correlator.Unanswered);
        AssertAmbiguous(Server("""{"id":null,"result":{}}"""));
        Assert.Equal(0, _correlator.Unanswered);
        Assert.False(Server("""{"id":null,"result":{}}""").IsAmbiguous);
    }

    [Fact]
    public void Relate_OneNullId_IsNoPairEither()
    {
        Client("""{"id":null,"method":"a"}""");
        Client("""{"id":1,"method":"b"}""");
        AssertAmbiguous(Server("""{"id":null,"error":{"code":-32700}}"""));
        Assert.Equal("b", Server("""{"id":1,"result":{}}""").Method);
    }

    [Fact]
    public void Relate_IdTwiceInFlight_MakesBothAnswersAmbiguous()
    {
        Client("""{"id":1,"method":"a"}""");
        Client("""{"id":1.0,"method":"b"}""");
        AssertAmbiguous(Server("""{"id":1,"result":{}}"""));
        AssertAmbiguous(Server("""{"id":1,"result":{}}"""));
        Client("""{"id":1,"method":"c"}""");
        Assert.Equal("c", Server("""{"id":1,"result":{}}""").Method);
    }

    [Fact]
    public void Relate_IdUsedAgainAfterCancellation_IsAmbiguousUntilBothAreAnswered()
    {
        Client("""{"id":7,"method":"slow"}""");
        Client("""{"method":"notifications/cancelled","params":{"requestId":7}}""");
        Client("""{"id":7,"method":"next"}""");
        AssertAmbiguous(Server("""{"id":7,"result":{}}"""));
        Assert.Equal(0, _correlator.Unanswered);
        Client("""{"id":7,"method":"third"}""");
        AssertAmbiguous(Server("""{"id":7,"result":{}}"""));
        AssertAmbiguous(Server("""{"id":7,"result":{}}"""));
        Client("""{"id":7,"method":"fourth"}""");
        Assert.Equal("fourth", Server("""{"id":7,"result":{}}""").Method);
    }

    [Fact]
    public void Unanswered_Requests_AreCountedUnlessNobodyWaits()
    {
        Client("""{"id":1,"method":"a"}""");
        Client("""{"id":2,"method":"b"}""");
        Client("""{"id":3,"method":"subscriptions/listen"}""");
        Server("""{"id":1,"method":"sampling/createMessage"}""");
        Assert.Equal(3, _correlator.Unanswered);
        Client("""{"method":"notifications/cancelled","params":{"requestId":2}}""");
        Server("""{"method":"notifications/cancelled","params":{"requestId":9}}""");
        Assert.Equal(2, _correlator.Unanswered);
        Server("""{"id":1,"error":{"code":1}}""");
        Assert.Equal(1, _correlator.Unanswered);
    }

    /// <summary>Whatever is said about a pair is certain: of all requests that were not certainly answered before, only one could be meant.</summary>
    [Fact]
    public void Relate_AnyTraffic_ClaimsOnlyWhatIsCertain() =>
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, 3])
            .Array[0, 60]
            .Sample(steps =>
            {
                var correlator = new Correlator();
                var time = new FakeTimeProvider();
                var waiting = new List<(string Id, ulong Sequence)>();
                var uncertain = new Dictionary<string, int>();
                ulong sequence = 0;
                foreach (var (kind, number) in steps)
                {
                    var id = number == 3 ? "null" : $"{number}";
                    var text = kind switch
                    {
                        0 => $$"""{"id":{{id}},"method":"m"}""",
                        1 => $$$"""{"id":{{{id}}},"result":{}}""",
                        _ => $$$"""{"method":"notifications/cancelled","params":{"requestId":{{{id}}}}}""",
                    };
                    var exchange = correlator.Relate(
                        kind == 1 ? Direction.Outbound : Direction.Inbound,
                        EnvelopeReader.Read(Encoding.UTF8.GetBytes(text)),
                        ++sequence,
                        0,
                        time
                    );
                    if (kind == 0)
                        waiting.Add((id, sequence));
                    if (kind != 1)
                        continue;
                    var candidates = waiting.Where(request => request.Id == id).ToList();
                    if (candidates.Count == 0)
                    {
                        Assert.Equal((0UL, false), (exchange.RequestSequence, exchange.IsAmbiguous));
                        continue;
                    }

                    var isCertain = candidates.Count == 1 && id != "null";
                    Assert.Equal((isCertain ? candidates[0].Sequence : 0, !isCertain), (exchange.RequestSequence, exchange.IsAmbiguous));

                    // An uncertain answer leaves every one of them possible until there are as many answers.
                    uncertain[id] = uncertain.GetValueOrDefault(id) + 1;
                    if (uncertain[id] < candidates.Count)
                        continue;
                    waiting.RemoveAll(request => request.Id == id);
                    uncertain[id] = 0;
                }
            });

    [Fact]
    public void Relate_SharedIds_AreForgottenAtTheLimitToo()
    {
        for (var i = 0; i < Correlator.MaxOpen + 1000; i++)
        {
            Client($$"""{"id":{{i}},"method":"a"}""");
            Client($$"""{"id":{{i}},"method":"b"}""");
        }

        Assert.Equal(Correlator.MaxOpen, _correlator.OpenCount);
        Assert.Equal(2 * (Correlator.MaxOpen + 1000), _correlator.Unanswered);
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
        Assert.Equal(
            second.Number,
            Client("""{"id":3,"method":"tools/call","params":{"name":"x","requestState":"B","inputResponses":{"q":1}}}""").RetryOf
        );
        Assert.Equal(
            first.Number,
            Client("""{"id":4,"method":"tools/call","params":{"name":"x","requestState":"A","inputResponses":{"q":1}}}""").RetryOf
        );
        Assert.Equal(
            0UL,
            Client("""{"id":5,"method":"tools/call","params":{"name":"x","requestState":"C","inputResponses":{"q":1}}}""").RetryOf
        );
    }

    [Fact]
    public void Relate_RetryWithoutState_IsLinkedOnlyIfUnique()
    {
        var only = Client("""{"id":1,"method":"tools/call","params":{"name":"x"}}""");
        Server("""{"id":1,"result":{"resultType":"input_required","inputRequests":{"q":{},"r":{}}}}""");
        Assert.Equal(0UL, Client("""{"id":2,"method":"tools/call","params":{"name":"x","inputResponses":{"q":1}}}""").RetryOf);
        Assert.Equal(
            only.Number,
            Client("""{"id":3,"method":"tools/call","params":{"name":"x","inputResponses":{"r":1,"q":1}}}""").RetryOf
        );

        Client("""{"id":4,"method":"tools/call","params":{"name":"y"}}""");
        Client("""{"id":5,"method":"tools/call","params":{"name":"y"}}""");
        Server("""{"id":4,"result":{"resultType":"input_required","inputRequests":{"q":{}}}}""");
        Server("""{"id":5,"result":{"resultType":"input_required","inputRequests":{"q":{}}}}""");
        Assert.Equal(0UL, Client("""{"id":6,"method":"tools/call","params":{"name":"y","inputResponses":{"q":1}}}""").RetryOf);
    }

    [Fact]
    public void Relate_RequestsThatAreNeverAnswered_AreForgottenAtTheLimit()
    {
        for (var i = 0; i < Correlator.MaxOpen + 1000; i++)
            Client($$"""{"id":{{i}},"method":"a"}""");
        Assert.Equal(Correlator.MaxOpen, _correlator.OpenCount);
        Assert.Null(Server("""{"id":0,"result":{}}""").Latency);
        Assert.NotNull(Server($$$"""{"id":{{{Correlator.MaxOpen + 999}}},"result":{}}""").Latency);
    }

    [Fact]
    public void Quantile_KnownDurations_IsWithinABucket()
    {
        var histogram = new LatencyHistogram();
        for (var i = 1; i <= 1000; i++)
            histogram.Add(TimeSpan.FromMilliseconds(i));
        Assert.InRange(histogram.Quantile(0.5).TotalMilliseconds, 500 * 15 / 16.0, 500);
        Assert.InRange(histogram.Quantile(0.99).TotalMilliseconds, 990 * 15 / 16.0, 990);
        Assert.InRange(histogram.Quantile(1).TotalMilliseconds, 1000 * 15 / 16.0, 1000);
    }

    private static void AssertAmbiguous(Exchange exchange) =>
        Assert.Equal(
            (true, 0UL, null, null, null),
            (exchange.IsAmbiguous, exchange.RequestSequence, exchange.Method, exchange.Name, exchange.Latency)
        );

    private Exchange Client(string text) => Relate(Direction.Inbound, text);

    private Exchange Server(string text) => Relate(Direction.Outbound, text);

    private Exchange Relate(Direction direction, string text) =>
        _correlator.Relate(direction, EnvelopeReader.Read(Encoding.UTF8.GetBytes(text)), ++_sequence, _time.GetTimestamp(), _time);
}
