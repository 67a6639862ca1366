using Kilometers.Api.Configuration;

namespace Kilometers.Api.Events.Ingest;

/// <summary>
/// The memory that batches may take together, from the first byte that is read until they are answered: whatever many clients send at once,
/// the server holds no more.
/// </summary>
internal sealed class IngestBudget(EventOptions options)
{
    private long _bytes;
    private int _events;

    /// <summary>What is taken now.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>What is taken now.</summary>
    public int Events => Volatile.Read(ref _events);

    /// <summary>The share of one batch; empty at first.</summary>
    public Share Begin() => new(this);

    /// <summary>What one batch has taken. Disposing gives it back.</summary>
    internal sealed class Share(IngestBudget budget) : IDisposable
    {
        private int _events;

        /// <summary>Bytes that this batch has taken.</summary>
        public long Bytes { get; private set; }

        /// <summary>Takes more bytes.</summary>
        /// <returns>False: there are no more; nothing was taken.</returns>
        public bool TryTakeBytes(long bytes)
        {
            if (Interlocked.Add(ref budget._bytes, bytes) > budget.Limits.QueueBytes)
            {
                Interlocked.Add(ref budget._bytes, -bytes);
                return false;
            }

            Bytes += bytes;
            return true;
        }

        /// <summary>Takes events.</summary>
        /// <returns>False: there are no more; nothing was taken.</returns>
        public bool TryTakeEvents(int events)
        {
            if (Interlocked.Add(ref budget._events, events) > budget.Limits.QueueEvents)
            {
                Interlocked.Add(ref budget._events, -events);
                return false;
            }

            _events += events;
            return true;
        }

        public void Dispose()
        {
            Interlocked.Add(ref budget._bytes, -Bytes);
            Interlocked.Add(ref budget._events, -_events);
            (Bytes, _events) = (0, 0);
        }
    }

    private EventOptions Limits => options;
}
