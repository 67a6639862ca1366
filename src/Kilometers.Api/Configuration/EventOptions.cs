using Kilometers.Contracts;

namespace Kilometers.Api.Configuration;

/// <summary>Limits of ingest and queries, and how long events are kept.</summary>
internal sealed record EventOptions
{
    /// <summary>Bytes of one batch after decompression; above that 413.</summary>
    public int MaximumBatchBytes { get; init; } = 32 << 20;

    /// <summary>Events of one batch.</summary>
    public int MaximumBatchEvents { get; init; } = 10_000;

    /// <summary>Bytes of one event's payload.</summary>
    public int MaximumPayloadBytes { get; init; } = 8 << 20;

    /// <summary>Bytes of all batches that are being read or wait to be written; above that 503. At least <see cref="MaximumBatchBytes"/>.</summary>
    public long QueueBytes { get; init; } = 64 << 20;

    /// <summary>Events of all batches that wait to be written; above that 503. At least <see cref="MaximumBatchEvents"/>.</summary>
    public int QueueEvents { get; init; } = 100_000;

    /// <summary>Events that are written in one transaction, but for a single batch that has more.</summary>
    public int GroupEvents { get; init; } = 5_000;

    /// <summary>Bytes of batches that are written in one transaction, but for a single batch that has more.</summary>
    public long GroupBytes { get; init; } = 16 << 20;

    /// <summary>What a client is told to wait when the queue is full or the database does not answer.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How far ahead of the server's clock an event may be.</summary>
    public TimeSpan Ahead { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How long a query may take; then 503.</summary>
    public TimeSpan QueryTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Bytes of payloads on one page of events, but for a single event that has more.</summary>
    public long PageBytes { get; init; } = 8 << 20;

    /// <summary>The longest time that statistics look at.</summary>
    public TimeSpan StatisticsRange { get; init; } = TimeSpan.FromDays(31);

    /// <summary>How often events are looked at that have become too old.</summary>
    public TimeSpan RetentionInterval { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Days that an event of a Free customer is kept; at least 1.</summary>
    public int FreeDays { get; init; } = 1;

    /// <summary>Days that an event of a Pro customer is kept; at least 1.</summary>
    public int ProDays { get; init; } = 30;

    /// <summary>Days that an event of an Enterprise customer is kept; at least 1.</summary>
    public int EnterpriseDays { get; init; } = 365;

    /// <summary>No event is kept longer.</summary>
    public int MaxDays => Math.Max(FreeDays, Math.Max(ProDays, EnterpriseDays));

    /// <summary>Every event is kept so long.</summary>
    public int MinDays => Math.Min(FreeDays, Math.Min(ProDays, EnterpriseDays));

    /// <summary>What an operator may set.</summary>
    /// <exception cref="KmException"><c>API_CFG_001</c>: a setting is not usable.</exception>
    public static EventOptions Read(Settings settings) =>
        new()
        {
            QueueBytes = settings.Number("Events:QueueBytes", 64 << 20, 32 << 20, 16L << 30),
            FreeDays = (int)settings.Number("Events:FreeDays", 1, 1, 3_650),
            ProDays = (int)settings.Number("Events:ProDays", 30, 1, 3_650),
            EnterpriseDays = (int)settings.Number("Events:EnterpriseDays", 365, 1, 3_650),
        };

    /// <summary>Days that an event of the tier is kept.</summary>
    public int DaysOf(Tier tier) =>
        tier switch
        {
            Tier.Enterprise => EnterpriseDays,
            Tier.Pro => ProDays,
            _ => FreeDays,
        };
}
