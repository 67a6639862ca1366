namespace Kilometers.PluginHost.Dispatch;

/// <summary>What it holds, at one moment.</summary>
internal sealed partial class PluginQueue
{
    /// <summary>A plugin that has acknowledged nothing for so long is not waited for.</summary>
    private static readonly TimeSpan CatchUpTimeout = TimeSpan.FromMilliseconds(500);

    /// <summary>The sequence up to which it holds nothing that the plugin has yet to handle; <see cref="ulong.MaxValue"/>: it holds nothing.</summary>
    public ulong HandledUpTo
    {
        get
        {
            lock (_gate)
            {
                return _sent.TryPeek(out var next) || _waiting.TryPeek(out next) ? next.Sequence - 1
                    : HasOverflow ? _lastAcknowledged
                    : ulong.MaxValue;
            }
        }
    }

    /// <summary>Whether more than half of it is full and the plugin is working it off: what is observed a little later finds room.</summary>
    public bool IsCatchingUp
    {
        get
        {
            if (Volatile.Read(ref _weight) <= _limit / 2)
                return false;
            lock (_gate)
                return !_completed && !_isSpilling && _latency.HasAcknowledgedWithin(CatchUpTimeout);
        }
    }

    /// <summary>What it holds and what became of the rest, all at one moment.</summary>
    public QueueFigures Figures
    {
        get
        {
            lock (_gate)
            {
                return new QueueFigures(
                    _waiting.Count + (int)(_overflow?.Count ?? 0),
                    _waitingWeight,
                    _sent.Count,
                    Delivered,
                    Dropped,
                    Undelivered,
                    _latency.Quantile(0.5),
                    _latency.Quantile(0.99)
                );
            }
        }
    }
}
