using System.Text;
using CsCheck;
using Kilometers.Monitoring.JsonRpc;
using Kilometers.Monitoring.Observation;
using Kilometers.Monitoring.Relay;
using Xunit;

namespace Kilometers.Monitoring.Tests.Observation;

public sealed class MessageTapTests : IObservationSink
{
    /// <summary>When to give up: far more than anything here takes, also on a busy machine.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

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
        for (var i = 0; i < 10_000; i++)
            Send(tap, Channel.Inbound, $$"""{"method":"m{{i}}"}""" + "\n");
        await tap.CompleteAsync(Limit);
        Assert.Equal(Enumerable.Range(0, 10_000).Select(i => "m" + i), _items.OfType<ObservedMessage>().Select(m => m.Method));
        Assert.Equal(0, tap.MissedBytes);
    }

    [Fact]
    public async Task OnBytes_ObserverIsStuck_MissesAreCountedAndTheRestIsFramedRight()
    {
        var tap = Start(10_000, out _);
        _hold.Reset();
        Send(tap, Channel.Inbound, "{\"method\":\"first\"}\n");
        for (var i = 0; i < 1000; i++)
            Send(tap, Channel.Inbound, "{\"method\":\"" + new string('x', 100) + "\"}\n");
        Assert.True(tap.MissedBytes > 0);
        _hold.Set();
        await ObservedAsync(tap);
        Send(tap, Channel.Inbound, "the rest of a line whose beginning was missed\n{\"method\":\"last\"}\n");
        await tap.CompleteAsync(Limit);
        var methods = _items.OfType<ObservedMessage>().Select(m => m.Method).ToList();
        Assert.Equal("first", methods[0]);
        Assert.Equal("last", methods[^1]);
        Assert.Contains("rest", methods.Select(method => method is null ? "rest" : ""));

        // The gap ended with a line, so that the next line is a whole one; what is missing is told at its place.
        Assert.Equal(1003, methods.Count + Told().Sum(gap => gap.Items));
        Assert.Equal(tap.MissedBytes, Told().Sum(gap => gap.Bytes));
        Assert.All(Told(), gap => Assert.Equal((DropReason.ObserverBehind, "inbound"), (gap.Reason, gap.Direction)));
    }

    [Fact]
    public async Task OnBytes_AHundredMegabytesAtOnce_AreSeenWholeWithTheSessionsLimit()
    {
        var tap = Start(128L << 20, out var observer);
        _hold.Reset();
        var message = """{"id":1,"result":{"x":" """ + new string('x', 1_000_000) + "\"}}\n";
        for (var i = 0; i < 100; i++)
        {
            foreach (var piece in message.Chunk(64 * 1024))
                Send(tap, Channel.Outbound, new string(piece));
        }

        _hold.Set();
        await tap.CompleteAsync(TimeSpan.FromMinutes(2));
        Assert.Equal((100, 0), (_items.OfType<ObservedMessage>().Count(m => !m.Truncated), tap.MissedBytes));
        Assert.Equal((0, 0), (observer.Statistics.Truncated, observer.Statistics.Cut));
    }

    /// <summary>However the pieces fall and whenever the observer is stuck: what is not seen is told.</summary>
    [Fact]
    public async Task OnBytes_AnyBurst_IsSeenOrTold() =>
        await Gen.Select(Gen.Int[1, 400].Array[1, 200], Gen.Int[1, 5000], Gen.Bool)
            .SampleAsync(
                async (lengths, cut, isSpilling) =>
                {
                    _items.Clear();
                    var store = new Store { Limit = isSpilling ? 20_000 : 0 };
                    var tap = Start(8_000, out _, isSpilling ? () => store : null);
                    var text = string.Concat(
                        lengths.Select((length, i) => $$"""{"method":"{{i}}","x":"{{new string('x', length)}}"}""" + "\n")
                    );
                    var sent = 0;
                    foreach (var piece in text.Chunk(Math.Max(1, cut)))
                    {
                        if (sent++ == 1)
                            _hold.Reset();
                        Send(tap, Channel.Outbound, new string(piece));
                    }

                    _hold.Set();
                    tap.OnEnd(Channel.Outbound, 0);
                    await tap.CompleteAsync(TimeSpan.FromMinutes(2));
                    var seen = _items.OfType<ObservedMessage>().Select(m => m.Method).OfType<string>().Select(int.Parse).ToList();
                    Assert.Equal(seen.Order(), seen);
                    Assert.Equal(lengths.Length, seen.Count + Told().Sum(gap => gap.Items));
                },
                iter: 200,
                threads: 1
            );

    [Fact]
    public async Task OnBytes_GuaranteedDelivery_KeepsOutsideOfMemoryWhatDoesNotFit()
    {
        var store = new Store { Limit = long.MaxValue };
        var tap = Start(1 << 20, out _, () => store);
        _hold.Reset();
        for (var i = 0; i < 200; i++)
        {
            Send(tap, Channel.Outbound, $$"""{"method":"m{{i}}","x":"{{new string('x', 100_000)}}"}""" + "\n");
            while (tap.Waiting > 1 << 19)
                await Task.Yield();
        }

        Assert.True(store.Written > 0);
        _hold.Set();
        await tap.CompleteAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(Enumerable.Range(0, 200).Select(i => "m" + i), _items.OfType<ObservedMessage>().Select(m => m.Method));
        Assert.Equal((0, null), (tap.MissedBytes, tap.StoreFailure));
        Assert.Empty(Told());
    }

    [Fact]
    public async Task OnBytes_StoreCannotBeRead_TheGapIsToldAndTheRestFollows()
    {
        var store = new Store { Limit = long.MaxValue, IsBroken = true };
        var tap = Start(1 << 20, out _, () => store);
        _hold.Reset();
        for (var i = 0; i < 50; i++)
        {
            Send(tap, Channel.Outbound, $$"""{"method":"m{{i}}","x":"{{new string('x', 100_000)}}"}""" + "\n");
            while (tap.Waiting > 1 << 19)
                await Task.Yield();
        }

        _hold.Set();
        await tap.CompleteAsync(TimeSpan.FromMinutes(2));
        Assert.Contains(Told(), gap => gap.Reason == DropReason.DiskFailed);
        Assert.Equal(50, _items.OfType<ObservedMessage>().Count() + Told().Sum(gap => gap.Items));
        Assert.IsType<IOException>(tap.StoreFailure);
    }

    [Fact]
    public async Task CompleteAsync_TimeIsUp_TellsWhatWasNotSeen()
    {
        var tap = Start(1 << 20, out var observer);
        _hold.Reset();
        for (var i = 0; i < 100; i++)
            Send(tap, Channel.Outbound, $$"""{"method":"m{{i}}"}""" + "\n");
        var completing = tap.CompleteAsync(TimeSpan.FromMilliseconds(50));
        await Task.WhenAny(completing, Task.Delay(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
        _hold.Set();
        for (var i = 0; !tap.IsCompleted && i < 2000; i++)
            await Task.Delay(10, TestContext.Current.CancellationToken);
        Assert.Equal(100, _items.OfType<ObservedMessage>().Count() + Told().Sum(gap => gap.Items));
        Assert.Equal(DropReason.SessionEnded, Assert.Single(observer.Statistics.Missed).Key);
    }

    [Fact]
    public async Task OnBytes_LargeMessageWhileTheObserverIsStuck_IsStillObserved()
    {
        var tap = Start(200_000, out _);
        _hold.Reset();
        Send(tap, Channel.Inbound, "{\"method\":\"first\"}\n");
        Send(tap, Channel.Inbound, "{\"method\":\"large\",\"params\":{\"x\":\"");
        for (var i = 0; i < 100; i++)
            Send(tap, Channel.Inbound, new string('x', 100_000));
        _hold.Set();
        await ObservedAsync(tap);
        Send(tap, Channel.Inbound, "\"}}\n{\"method\":\"last\"}\n");
        await tap.CompleteAsync(Limit);
        Assert.Equal(["first", "large", "last"], _items.OfType<ObservedMessage>().Select(m => m.Method));
        Assert.Equal(
            (true, 10_000_036L),
            (_items.OfType<ObservedMessage>().ElementAt(1).Truncated, _items.OfType<ObservedMessage>().ElementAt(1).Size)
        );
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
        await tap.CompleteAsync(Limit);
        Assert.Equal(["ping", "ping"], _items.OfType<ObservedMessage>().Select(m => m.Method));
        Assert.Equal(Direction.Inbound, _items.OfType<ObservedMessage>().First().Direction);
    }

    [Fact]
    public async Task OnBytes_AForwardThatBlocks_DoesNotHoldTheOtherStreamForEver()
    {
        var tap = Start(1 << 20, out _);
        tap.OnRead(Channel.Inbound, 100);
        Send(tap, Channel.Outbound, "{\"method\":\"progress\"}\n", 200);
        await ObservedAsync(tap);
        Assert.Equal("progress", Assert.Single(_items.OfType<ObservedMessage>()).Method);
        await tap.CompleteAsync(Limit);
    }

    [Fact]
    public async Task CompleteAsync_ObserverIsStuck_GivesUpInTime()
    {
        var tap = Start(1 << 20, out _);
        _hold.Reset();
        Send(tap, Channel.Inbound, "{\"method\":\"first\"}\n");
        await tap.CompleteAsync(TimeSpan.FromMilliseconds(50)).WaitAsync(Limit, TestContext.Current.CancellationToken);
        _hold.Set();
    }

    private List<DeliveryGap> Told() =>
        [.. _items.OfType<ObservedEvent>().Where(item => item.Type == DeliveryGap.EventType).Select(item => DeliveryGap.Of(item, ""))];

    private MessageTap Start(long limit, out SessionObserver observer, Func<IBlockStore>? createStore = null)
    {
        observer = new SessionObserver(this, 1 << 20, TimeProvider.System);
        var tap = new MessageTap(observer, limit, TimeProvider.System, createStore);
        tap.Start();
        return tap;
    }

    /// <summary>Waits until all that was sent has been observed.</summary>
    private static async Task ObservedAsync(MessageTap tap)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        while (tap.Waiting > 0)
            await Task.Delay(1, limit.Token);
    }

    private static void Send(MessageTap tap, Channel channel, string text, long timestamp = 0)
    {
        var chunk = Chunk.Rent();
        var bytes = Encoding.UTF8.GetBytes(text);
        bytes.CopyTo(chunk.Bytes);
        tap.OnBytes(channel, chunk, 0, bytes.Length, timestamp);
        chunk.Release();
    }

    private sealed class Store : IBlockStore
    {
        private readonly Queue<byte[]> _blocks = new();
        private long _size;

        public long Limit { get; init; }

        public bool IsBroken { get; init; }

        public int Written { get; private set; }

        public bool TryWrite(ReadOnlySpan<byte> content)
        {
            if (_size + content.Length > Limit)
                return false;
            _size += content.Length;
            Written++;
            _blocks.Enqueue(content.ToArray());
            return true;
        }

        public byte[] Read()
        {
            var block = _blocks.Dequeue();
            _size -= block.Length;
            return IsBroken ? throw new IOException("broken") : block;
        }

        public void Dispose() { }
    }
}
