using System.Text;
using Kilometers.Monitoring.Observation;
using Kilometers.Monitoring.Relay;
using Xunit;

namespace Kilometers.Monitoring.Tests.Observation;

public sealed class MessageTapTests : IObservationSink
{
    private readonly List<ObservedItem> _items = [];
    private readonly ManualResetEventSlim _hold = new(true);

    void IObservationSink.Observe(ObservedItem item)
    {
        _hold.Wait(TestContext.Current.CancellationToken);
        _items.Add(item);
    }

    [Fact]
    public async Task OnBytes_ManyPieces_AreObservedInOrder()
    {
        var tap = Start(1 << 20, out _);
        for (var i = 0; i < 10_000; i++) Send(tap, Channel.Inbound, $$"""{"method":"m{{i}}"}""" + "\n");
        await tap.CompleteAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(Enumerable.Range(0, 10_000).Select(i => "m" + i), _items.OfType<ObservedMessage>().Select(m => m.Method));
        Assert.Equal(0, tap.MissedBytes);
    }

    [Fact]
    public async Task OnBytes_ObserverIsStuck_MissesAreCountedAndTheRestIsFramedRight()
    {
        var tap = Start(10_000, out _);
        _hold.Reset();
        Send(tap, Channel.Inbound, "{\"method\":\"first\"}\n");
        for (var i = 0; i < 1000; i++) Send(tap, Channel.Inbound, "{\"method\":\"" + new string('x', 100) + "\"}\n");
        Assert.True(tap.MissedBytes > 0);
        _hold.Set();
        while (tap.Waiting > 0) await Task.Yield();
        Send(tap, Channel.Inbound, "the rest of a line whose beginning was missed\n{\"method\":\"last\"}\n");
        await tap.CompleteAsync(TimeSpan.FromSeconds(30));
        var methods = _items.OfType<ObservedMessage>().Select(m => m.Method).ToList();
        Assert.Equal("first", methods[0]);
        Assert.Equal("last", methods[^1]);
        Assert.DoesNotContain(null, methods);
    }

    [Fact]
    public async Task OnBytes_LargeMessageWhileTheObserverIsStuck_IsStillObserved()
    {
        var tap = Start(200_000, out _);
        _hold.Reset();
        Send(tap, Channel.Inbound, "{\"method\":\"first\"}\n");
        Send(tap, Channel.Inbound, "{\"method\":\"large\",\"params\":{\"x\":\"");
        for (var i = 0; i < 100; i++) Send(tap, Channel.Inbound, new string('x', 100_000));
        _hold.Set();
        while (tap.Waiting > 0) await Task.Yield();
        Send(tap, Channel.Inbound, "\"}}\n{\"method\":\"last\"}\n");
        await tap.CompleteAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(["first", "large", "last"], _items.OfType<ObservedMessage>().Select(m => m.Method));
        Assert.Equal((true, 10_000_036L), (_items.OfType<ObservedMessage>().ElementAt(1).Truncated, _items.OfType<ObservedMessage>().ElementAt(1).Size));
        Assert.Equal(0, tap.MissedBytes);
    }

    [Fact]
    public async Task OnBytes_AnswerShownBeforeItsQuestion_IsObservedAfterIt()
    {
        var tap = Start(1 << 20, out _);
        tap.OnRead(Channel.Inbound, 100);
        tap.OnRead(Channel.Outbound, 200);
        Send(tap, Channel.Outbound, "{\"id\":1,\"result\":{}}\n", 200);
        Send(tap, Channel.Inbound, "{\"id\":1,\"method\":\"ping\"}\n", 100);
        await tap.CompleteAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(["ping", "ping"], _items.OfType<ObservedMessage>().Select(m => m.Method));
        Assert.Equal(Direction.Inbound, _items.OfType<ObservedMessage>().First().Direction);
    }

    [Fact]
    public async Task OnBytes_AForwardThatBlocks_DoesNotHoldTheOtherStreamForEver()
    {
        var tap = Start(1 << 20, out _);
        tap.OnRead(Channel.Inbound, 100);
        Send(tap, Channel.Outbound, "{\"method\":\"progress\"}\n", 200);
        while (tap.Waiting > 0) await Task.Yield();
        Assert.Equal("progress", Assert.Single(_items.OfType<ObservedMessage>()).Method);
        await tap.CompleteAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task CompleteAsync_ObserverIsStuck_GivesUpInTime()
    {
        var tap = Start(1 << 20, out _);
        _hold.Reset();
        Send(tap, Channel.Inbound, "{\"method\":\"first\"}\n");
        await tap.CompleteAsync(TimeSpan.FromMilliseconds(50)).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        _hold.Set();
    }

    private MessageTap Start(long limit, out SessionObserver observer)
    {
        observer = new SessionObserver(this, 1 << 20, TimeProvider.System);
        var tap = new MessageTap(observer, limit, TimeProvider.System);
        tap.Start();
        return tap;
    }

    private static void Send(MessageTap tap, Channel channel, string text, long timestamp = 0)
    {
        var chunk = Chunk.Rent();
        var bytes = Encoding.UTF8.GetBytes(text);
        bytes.CopyTo(chunk.Bytes);
        tap.OnBytes(channel, chunk, 0, bytes.Length, timestamp);
        chunk.Release();
    }
}
