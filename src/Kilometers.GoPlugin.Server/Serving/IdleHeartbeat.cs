using System.IO.Pipelines;
using Kilometers.Processes;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Kilometers.GoPlugin.Server.Serving;

/// <summary>
/// Keeps Kestrel asleep while nothing comes over the connections of a listener. Once a second Kestrel's timer thread interrupts the reading
/// of each connection, to look at its timeouts: that wakes two threads of the pool, which keeps the pool's own timer busy, in all seven
/// wake-ups a second of a process that does nothing. No timeout that a plugin has is that exact. So while all connections are idle, the
/// timer's round lasts until something comes, or the rest is over. After the first rest that nothing interrupted, the process gives back the
/// memory that only its work needed.
/// </summary>
/// <param name="firstRest">How long the first round lasts in which nothing comes.</param>
internal sealed class IdleHeartbeat(TimeSpan firstRest)
{
    public static readonly TimeSpan FirstRest = TimeSpan.FromSeconds(10);

    /// <summary>How long each further one lasts.</summary>
    private static readonly TimeSpan LongRest = TimeSpan.FromMinutes(1);

    /// <summary>How many rounds without a byte make a connection idle: what is under way ends in its time.</summary>
    public const int IdleRounds = 3;

    /// <summary>What is in a larger heap is the plugin's to give back.</summary>
    private const long MaxHeap = 64 << 20;

    private readonly object _bell = new();
    private long _events;
    private long _released = -1;
    private volatile bool _isResting;

    /// <summary>Serves a connection.</summary>
    public async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (connection.Features.Get<IConnectionHeartbeatFeature>() is not { } kestrel)
        {
            await next(connection).ConfigureAwait(false);
            return;
        }

        var rounds = new Rounds(this);
        var transport = connection.Transport;
        connection.Transport = new Watched(new WatchedReader(transport.Input, this), transport.Output);
        connection.Features.Set<IConnectionHeartbeatFeature>(rounds);
        var lifetime = connection.Features.Get<IConnectionLifetimeNotificationFeature>();
        using var closed = connection.ConnectionClosed.UnsafeRegister(static state => ((IdleHeartbeat)state!).Note(), this);
        using var closing = lifetime?.ConnectionClosedRequested.UnsafeRegister(static state => ((IdleHeartbeat)state!).Note(), this);
        Note();
        kestrel.OnHeartbeat(static state => ((Rounds)state).Beat(), rounds);
        try
        {
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            Note();
            connection.Transport = transport;
        }
    }

    /// <summary>Something came, began or ended.</summary>
    private void Note()
    {
        Interlocked.Increment(ref _events);
        if (!_isResting)
            return;
        lock (_bell)
            Monitor.PulseAll(_bell);
    }

    /// <summary>Waits until there is another event than so many.</summary>
    private void RestAfter(long events)
    {
        var isInterrupted = true;
        lock (_bell)
        {
            _isResting = true;
            if (Interlocked.Read(ref _events) == events)
                isInterrupted = Monitor.Wait(_bell, _released == events ? LongRest : firstRest);
            _isResting = false;
        }

        if (isInterrupted || _released == events)
            return;
        _released = events;
        IdleMemory.Release(MaxHeap);
    }

    /// <summary>A connection's part of the timer's rounds.</summary>
    private sealed class Rounds(IdleHeartbeat heartbeat) : IConnectionHeartbeatFeature
    {
        private readonly Lock _gate = new();
        private (Action<object> Action, object State)[] _actions = [];
        private long _seen;
        private int _idle;

        public void OnHeartbeat(Action<object> action, object state)
        {
            lock (_gate)
                _actions = [.. _actions, (action, state)];
        }

        /// <summary>On Kestrel's timer thread.</summary>
        public void Beat()
        {
            var events = Interlocked.Read(ref heartbeat._events);
            (_idle, _seen) = events == _seen ? (_idle + 1, events) : (0, events);
            if (_idle > IdleRounds)
                heartbeat.RestAfter(events);
            foreach (var (action, state) in Volatile.Read(ref _actions))
                action(state);
        }
    }

    private sealed class Watched(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }

    /// <summary>Notes each read: another begins when what the last one brought was taken up.</summary>
    private sealed class WatchedReader(PipeReader inner, IdleHeartbeat heartbeat) : PipeReader
    {
        public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

        public override void CancelPendingRead() => inner.CancelPendingRead();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            heartbeat.Note();
            return inner.ReadAsync(cancellationToken);
        }

        public override bool TryRead(out ReadResult result) => inner.TryRead(out result);
    }
}
