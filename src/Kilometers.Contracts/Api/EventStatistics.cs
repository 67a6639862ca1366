using System.Text.Json.Serialization;

namespace Kilometers.Contracts.Api;

/// <summary>The answer to <c>GET /api/stats</c>: the customer's events of a time. Members that a newer server adds are passed over.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
public sealed record EventStatistics
{
    /// <summary>The first moment that counts.</summary>
    public required DateTimeOffset After { get; init; }

    /// <summary>The first moment that counts no more.</summary>
    public required DateTimeOffset Before { get; init; }

    /// <summary>How many events.</summary>
    public required long Events { get; init; }

    /// <summary>How many of them are errors: error responses, and results that are a tool's error.</summary>
    public required long Errors { get; init; }

    /// <summary>The sizes of the messages as they were observed, together.</summary>
    public required long Bytes { get; init; }

    /// <summary>Per method and kind, the most frequent first; at most 1000.</summary>
    public required IReadOnlyList<MethodStatistics> Methods { get; init; }

    /// <summary>Of requests whose response is there, too. Null if there is none.</summary>
    public LatencyStatistics? Latency { get; init; }
}

/// <summary>The events of one method and kind.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
public sealed record MethodStatistics
{
    /// <summary>The method; null for events without one.</summary>
    public string? Method { get; init; }

    /// <summary>A value of <see cref="EventKind"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>How many.</summary>
    public required long Events { get; init; }

    /// <summary>Their sizes together.</summary>
    public required long Bytes { get; init; }
}

/// <summary>From a request to its response, in milliseconds. A percentile is a latency that occurred.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
public sealed record LatencyStatistics
{
    /// <summary>How many requests.</summary>
    public required long Pairs { get; init; }

    /// <summary>Half of them took at most this.</summary>
    public required double P50 { get; init; }

    /// <summary>90 % took at most this.</summary>
    public required double P90 { get; init; }

    /// <summary>99 % took at most this.</summary>
    public required double P99 { get; init; }

    /// <summary>The slowest.</summary>
    public required double Maximum { get; init; }
}
