using System.Collections.Concurrent;
using Kilometers.Link.Ring;
using Kilometers.Monitoring.Correlation;
using Kilometers.Monitoring.JsonRpc;
using Kilometers.Monitoring.Observation;
using Kilometers.PluginHost.Dispatch;

namespace Kilometers.Packager.Conformance;

/// <summary>
/// Shows a plugin a session, line by line, through km's own observer, queue and delivery: each line waits until the plugin has
/// acknowledged the one before, so that it is known which one it did not get over.
/// </summary>
internal sealed class MessageFeeder : IObservationSink, IAsyncDisposable
{
    /// <summary>
    /// Between two lines. Under contract 2 km collects what comes within 5 ms of a batch; without this pause, that wait and not the
    /// plugin would be measured.
    /// </summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(8);

    /// <summary>Far more than everything that is sent: nothing is ever dropped.</summary>
    private const long QueueSize = 256L << 20;

    /// <summary>Bytes that are observed at once: as much as a relay reads.</summary>
    private const int MaxRead = 64 * 1024;

    private readonly ConcurrentDictionary<ulong, long> _sent = new();
    private readonly SemaphoreSlim _acknowledged = new(0);
    private readonly CancellationTokenSource _ending = new();
    private readonly TimeProvider _time;
    private readonly TimeSpan _timeout;
    private readonly SessionObserver _observer;
    private Task _delivering = Task.CompletedTask;
    private bool _isDisposed;
    private ulong _sequence;

    /// <param name="timeout">How long one acknowledgement may take.</param>
    /// <param name="time">The clock.</param>
    public MessageFeeder(TimeSpan timeout, TimeProvider time)
    {
        _time = time;
        _timeout = timeout;
        Queue = new PluginQueue(QueueSize) { Acknowledged = OnAcknowledged };
        _observer = new SessionObserver(this, QueueSize, time);
    }

    /// <summary>What waits for the plugin.</summary>
    public PluginQueue Queue { get; }

    /// <summary>Items that were observed.</summary>
    public long Observed { get; private set; }

    /// <summary>From handing an item to the delivery until its acknowledgement was there.</summary>
    public LatencyHistogram Latency { get; } = new();

    /// <summary>Begins to deliver.</summary>
    /// <param name="session">The conversation about the session.</param>
    /// <param name="answer">What the plugin answered to Initialize.</param>
    public void Start(PluginSession session, PluginAnswer answer) =>
        _delivering = Task.Run(() => session.DeliverAsync(Queue, answer, _ending.Token));

    /// <summary>Shows a line and waits until the plugin is done with it.</summary>
    /// <param name="line">The line.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TimeoutException">The plugin did not acknowledge it in time.</exception>
    /// <exception cref="Exception">The delivery ended, with whatever ended it.</exception>
    public async Task SendAsync(ScriptedLine line, CancellationToken cancellationToken)
    {
        await Task.Delay(Pause, _time, cancellationToken).ConfigureAwait(false);
        Show(line);
        await UntilEmptyAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Shows a message without content: km never sees one on a line, but contract 2 leaves a payload out where it is too large.</summary>
    public async Task SendEmptyAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Pause, _time, cancellationToken).ConfigureAwait(false);

        // Above all that the observer has given and will give.
        _sequence = Math.Max(_sequence, 1UL << 40) + 1;
        _sent.Clear();
        Observe(
            new ObservedMessage
            {
                Sequence = _sequence,
                SessionTime = TimeSpan.Zero,
                Direction = Direction.Outbound,
                Envelope = default(JsonRpcEnvelope),
                Payload = default,
                Size = 0,
                Exchange = default,
            }
        );
        await UntilEmptyAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reports an event of the session and waits until the plugin is done with it.</summary>
    public async Task ReportAsync(string type, CancellationToken cancellationToken)
    {
        _sent.Clear();
        _observer.Report(type, new Dictionary<string, string>());
        await UntilEmptyAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Nothing more comes: waits until the plugin has ended its side of the delivery.</summary>
    /// <exception cref="TimeoutException">It did not in time.</exception>
    /// <exception cref="Exception">The delivery ended with an error.</exception>
    public async Task CompleteAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        Queue.Complete();
        await _delivering.WaitAsync(within, _time, cancellationToken).ConfigureAwait(false);
    }

    void IObservationSink.Observe(ObservedItem item) => Observe(item);

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        await _ending.CancelAsync().ConfigureAwait(false);
        await _delivering.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ending.Dispose();
        _acknowledged.Dispose();
    }

    private void Observe(ObservedItem item)
    {
        Observed++;
        _sent[item.Sequence] = _time.GetTimestamp();
        Queue.Add(item);
    }

    private void Show(ScriptedLine line)
    {
        var channel = line.Direction == Direction.Inbound ? Channel.Inbound : Channel.Outbound;
        byte[] bytes = [.. line.Line, (byte)'\n'];
        _sent.Clear();
        for (var start = 0; start < bytes.Length; start += MaxRead)
        {
            var seen = new SeenBytes
            {
                Channel = channel,
                Bytes = bytes.AsSpan(start, Math.Min(MaxRead, bytes.Length - start)),
                Timestamp = _time.GetTimestamp(),
            };
            _observer.Observe(seen);
        }
    }

    private async Task UntilEmptyAsync(CancellationToken cancellationToken)
    {
        var since = _time.GetTimestamp();
        while (!Queue.IsEmpty)
        {
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var left = _timeout - _time.GetElapsedTime(since);
            if (left <= TimeSpan.Zero)
                throw new TimeoutException($"not acknowledged within {_timeout.TotalSeconds} s");
            var ended = await Task.WhenAny(_acknowledged.WaitAsync(waiting.Token), _delivering, Task.Delay(left, _time, waiting.Token))
                .ConfigureAwait(false);
            await waiting.CancelAsync().ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (ended != _delivering)
                continue;
            await _delivering.ConfigureAwait(false);
            throw new InvalidOperationException("the plugin ended the delivery by itself");
        }
    }

    private void OnAcknowledged(ulong sequence)
    {
        var now = _time.GetTimestamp();

        // An acknowledgement covers all before it; here, those of the last line. What the plugin did not want went with the line before.
        foreach (var (item, start) in _sent)
        {
            if (item > sequence || !_sent.TryRemove(item, out _))
                continue;
            Latency.Add(_time.GetElapsedTime(start, now));
        }

        _acknowledged.Release();
    }
}
