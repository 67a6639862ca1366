namespace Kilometers.Contracts.Api;

/// <summary>
/// The body of <c>POST /api/insights/batch</c>: figures of calls by the hour, as the analytics plugin counted them. An hour replaces what the
/// same installation sent of it before, so nothing is counted twice.
/// </summary>
public sealed record InsightBatch
{
    /// <summary>The version of this format that this library writes.</summary>
    public const int CurrentVersion = 1;

    /// <summary>The version of this format.</summary>
    public required int Version { get; init; }

    /// <summary>Which installation of km: 64 lower-case hexadecimal digits.</summary>
    public required string Installation { get; init; }

    /// <summary>Hours, each once; at least one.</summary>
    public required IReadOnlyList<InsightHour> Hours { get; init; }
}

/// <summary>All figures of one hour of one installation.</summary>
public sealed record InsightHour
{
    /// <summary>When the hour begins: a whole hour, UTC.</summary>
    public required DateTimeOffset Hour { get; init; }

    /// <summary>The figures; each combination of server, client, direction, method and name once.</summary>
    public required IReadOnlyList<InsightFigures> Figures { get; init; }

    /// <summary>What was found unusual in this hour; null: nothing.</summary>
    public IReadOnlyList<InsightAlarm>? Alarms { get; init; }
}

/// <summary>Figures of the calls of one server, client, direction, method and name in one hour. Secrets in names are masked before.</summary>
public sealed record InsightFigures
{
    /// <summary>The server's label.</summary>
    public required string Server { get; init; }

    /// <summary>The client's name; empty: not known.</summary>
    public required string Client { get; init; }

    /// <summary>A value of <see cref="InsightDirection"/>.</summary>
    public required string Direction { get; init; }

    /// <summary>The method.</summary>
    public required string Method { get; init; }

    /// <summary>The tool or the prompt; else empty.</summary>
    public required string Name { get; init; }

    /// <summary>Requests.</summary>
    public required long Calls { get; init; }

    /// <summary>Calls that the caller cancelled.</summary>
    public long Cancelled { get; init; }

    /// <summary>Requests that gave a call the input it had asked for.</summary>
    public long Continued { get; init; }

    /// <summary>Calls whose session had made them before with the same arguments, without a failure.</summary>
    public long Repeated { get; init; }

    /// <summary>Calls whose session had made them before with the same arguments, with a failure.</summary>
    public long Retried { get; init; }

    /// <summary>Notifications of progress.</summary>
    public long Progress { get; init; }

    /// <summary>Failed calls; null: none.</summary>
    public InsightErrors? Errors { get; init; }

    /// <summary>Times from requests to their last answers, in seconds; null: none.</summary>
    public InsightHistogram? Latency { get; init; }

    /// <summary>Sizes of requests, in bytes; null: none.</summary>
    public InsightHistogram? RequestSize { get; init; }

    /// <summary>Sizes of answers, in bytes; null: none.</summary>
    public InsightHistogram? ResponseSize { get; init; }
}

/// <summary>The values of <see cref="InsightFigures.Direction"/>.</summary>
public static class InsightDirection
{
    /// <summary>The client asked the server.</summary>
    public const string In = "in";

    /// <summary>The server asked the client.</summary>
    public const string Out = "out";
}

/// <summary>Failed calls by kind.</summary>
public sealed record InsightErrors
{
    /// <summary>The server does not know the method, tool or resource.</summary>
    public long Protocol { get; init; }

    /// <summary>Arguments are not what they must be.</summary>
    public long Schema { get; init; }

    /// <summary>The tool failed in its own work.</summary>
    public long Tool { get; init; }

    /// <summary>There was no answer in time.</summary>
    public long Timeout { get; init; }

    /// <summary>Somebody is not signed in, or may not do it.</summary>
    public long Auth { get; init; }

    /// <summary>A limit on how often or how much is reached.</summary>
    public long Quota { get; init; }

    /// <summary>A connection failed.</summary>
    public long Transport { get; init; }
}

/// <summary>An exponential histogram of OpenTelemetry with base 2, of values that are not negative. At most 160 buckets.</summary>
public sealed record InsightHistogram
{
    /// <summary>The base is <c>2^(2^-scale)</c>; -10 to 20.</summary>
    public required int Scale { get; init; }

    /// <summary>How many values are zero.</summary>
    public long ZeroCount { get; init; }

    /// <summary>The sum of all values.</summary>
    public required double Sum { get; init; }

    /// <summary>The least value.</summary>
    public required double Min { get; init; }

    /// <summary>The greatest value.</summary>
    public required double Max { get; init; }

    /// <summary>The index of the first bucket.</summary>
    public int Offset { get; init; }

    /// <summary>How many values each bucket holds.</summary>
    public required IReadOnlyList<long> BucketCounts { get; init; }
}

/// <summary>Something unusual, with the figures that explain it.</summary>
public sealed record InsightAlarm
{
    /// <summary>What it is, such as <c>slower</c> (docs/plugins/analytics.md, "Alarms").</summary>
    public required string Kind { get; init; }

    /// <summary>The server's label.</summary>
    public required string Server { get; init; }

    /// <summary>The tool; of an order, the one that came second.</summary>
    public required string Tool { get; init; }

    /// <summary>Of an order: the tool that came first.</summary>
    public string? Previous { get; init; }

    /// <summary>km's own id of the session; null: its figures are deleted already.</summary>
    public string? Session { get; init; }

    /// <summary>When it was found.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>When the calls began that it was found in.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>What was seen: seconds, bytes, or a part of all calls from 0 to 1.</summary>
    public required double Value { get; init; }

    /// <summary>What is usual, in the same unit.</summary>
    public required double Usual { get; init; }

    /// <summary>Of one call: what 99 % of the others do not exceed; else null.</summary>
    public double? Limit { get; init; }

    /// <summary>How many calls it was found in.</summary>
    public required long Calls { get; init; }

    /// <summary>Hours of sessions in which it comes once by chance.</summary>
    public required double Hours { get; init; }
}

/// <summary>The answer to an <see cref="InsightBatch"/>: what it names is durable.</summary>
public sealed record InsightBatchResult
{
    /// <summary>How many hours were stored or replaced.</summary>
    public required int Hours { get; init; }

    /// <summary>How many figures they have.</summary>
    public required int Figures { get; init; }

    /// <summary>How many alarms were stored.</summary>
    public required int Alarms { get; init; }

    /// <summary>How many alarms were not stored, because the subscription does not include them.</summary>
    public required int AlarmsRefused { get; init; }

    /// <summary>How many hours were not stored, because they are older than the subscription keeps.</summary>
    public required int HoursTooOld { get; init; }
}
