using System.Text;
using Kilometers.Cli.Output;
using Kilometers.Link.Ring;
using Kilometers.Monitoring.Observation;
using Microsoft.Extensions.Time.Testing;

namespace Kilometers.Cli.Tests.Output;

public sealed class SummaryLineTests : IObservationSink
{
    private readonly FakeTimeProvider _time = new();
    private readonly SessionObserver _observer;

    public SummaryLineTests() => _observer = new SessionObserver(this, 100, _time);

    void IObservationSink.Observe(ObservedItem item) { }

    [Fact]
    public void Format_NothingSeen_SaysSo() =>
        Assert.Equal(
            "[km] server: 0 messages (0 in, 0 out), 0 errors, nothing dropped",
            SummaryLine.Format("server", _observer.Statistics, [])
        );

    [Fact]
    public void Format_OneOfEach_UsesTheSingular()
    {
        Send(Channel.Inbound, """{"jsonrpc":"2.0","id":1,"method":"ping"}""");
        Assert.Equal(
            "[km] s: 1 message (1 in, 0 out), 0 errors, 1 request never answered, nothing dropped",
            SummaryLine.Format("s", _observer.Statistics, [])
        );
        _time.Advance(TimeSpan.FromMilliseconds(25));
        Send(Channel.Outbound, """{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"no"}}""");

        // The histogram's buckets are up to 1/16 wide.
        Assert.Matches(
            @"^\[km\] s: 2 messages \(1 in, 1 out\), 1 error, p50 2[45] ms, p99 2[45] ms, nothing dropped$",
            SummaryLine.Format("s", _observer.Statistics, [])
        );
    }

    [Fact]
    public void Format_NoiseLargeMessagesAndLosses_AreAllNamed()
    {
        Send(Channel.Outbound, "Listening");
        Send(
            Channel.Inbound,
            """{"jsonrpc":"2.0","method":"notifications/large","params":{"x":"LARGE"}}""".Replace(
                "LARGE",
                new string('x', 200),
                StringComparison.Ordinal
            )
        );
        Assert.Equal(
            "[km] a b: 2 messages (1 in, 1 out), 0 errors, 1 not JSON-RPC, 1 above --buffer-size; observer missed 5 bytes; plain: 3 dropped",
            SummaryLine.Format("a b", _observer.Statistics, ["observer missed 5 bytes", "plain: 3 dropped"])
        );
    }

    [Fact]
    public void Format_WhatWasMissed_HasItsReason()
    {
        Send(Channel.Inbound, """{"jsonrpc":"2.0","id":1,"method":"ping"}""");
        _observer.Observe(new SeenBytes { Channel = Channel.Outbound, Missed = new MissedBytes(1_234_567, 12, EndsInLine: false) });
        Assert.Equal(
            "[km] s: 1 message (1 in, 0 out), 0 errors, 1 request whose answer was not observed; 12 messages (1.2 MB) not observed (km could not keep up)",
            SummaryLine.Format("s", _observer.Statistics, [])
        );
    }

    [Fact]
    public void Format_AmbiguousAnswers_AreCounted()
    {
        Send(Channel.Inbound, """{"jsonrpc":"2.0","id":null,"method":"ping"}""");
        Send(Channel.Outbound, """{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}}""");
        Assert.Equal(
            "[km] s: 2 messages (1 in, 1 out), 1 error, 1 ambiguous answer, nothing dropped",
            SummaryLine.Format("s", _observer.Statistics, [])
        );
    }

    [Theory]
    [InlineData(0, "0 µs")]
    [InlineData(0.0123, "12 µs")]
    [InlineData(0.999, "999 µs")]
    [InlineData(1, "1.0 ms")]
    [InlineData(9.94, "9.9 ms")]
    [InlineData(10, "10 ms")]
    [InlineData(999, "999 ms")]
    [InlineData(1000, "1.0 s")]
    [InlineData(61_250, "61.3 s")]
    public void Duration_AnyTime_HasTheFittingUnit(double milliseconds, string text) =>
        Assert.Equal(text, SummaryLine.Duration(TimeSpan.FromMilliseconds(milliseconds)));

    private void Send(Channel channel, string line)
    {
        _observer.Observe(
            new SeenBytes
            {
                Channel = channel,
                Bytes = Encoding.UTF8.GetBytes(line + "\n"),
                Timestamp = _time.GetTimestamp(),
            }
        );
    }
}
