namespace Kilometers.Contracts.Api;

/// <summary>The answer to <c>GET /api/insights</c>: the customer's own figures, those of all its installations together.</summary>
public sealed record InsightReport
{
    /// <summary>The first moment that was asked for; figures count from the beginning of its hour.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Hours that begin from here on do not count.</summary>
    public required DateTimeOffset Before { get; init; }

    /// <summary>A value of <see cref="InsightGrouping"/>.</summary>
    public required string By { get; init; }

    /// <summary>The groups: hours in order, all others with the most calls first.</summary>
    public required IReadOnlyList<InsightGroup> Groups { get; init; }

    /// <summary>Whether there are more groups than were asked for.</summary>
    public required bool HasMore { get; init; }

    /// <summary>What was unusual, the newest first; as many as groups were asked for.</summary>
    public required IReadOnlyList<InsightAlarm> Alarms { get; init; }
}

/// <summary>The values of <see cref="InsightReport.By"/>.</summary>
public static class InsightGrouping
{
    /// <summary>All calls together.</summary>
    public const string Total = "total";

    /// <summary>Per server.</summary>
    public const string Server = "server";

    /// <summary>Per server and tool; other calls than those of tools are left out.</summary>
    public const string Tool = "tool";

    /// <summary>Per direction and method.</summary>
    public const string Method = "method";

    /// <summary>Per client.</summary>
    public const string Client = "client";

    /// <summary>Per hour.</summary>
    public const string Hour = "hour";

    /// <summary>Per installation of km.</summary>
    public const string Installation = "installation";
}

/// <summary>The calls of a group. Of the members that name it, those of the grouping are there.</summary>
public sealed record InsightGroup
{
    /// <summary>The server.</summary>
    public string? Server { get; init; }

    /// <summary>The tool.</summary>
    public string? Tool { get; init; }

    /// <summary>A value of <see cref="InsightDirection"/>.</summary>
    public string? Direction { get; init; }

    /// <summary>The method.</summary>
    public string? Method { get; init; }

    /// <summary>The client; empty: it did not say.</summary>
    public string? Client { get; init; }

    /// <summary>When the hour begins.</summary>
    public DateTimeOffset? Hour { get; init; }

    /// <summary>The installation.</summary>
    public string? Installation { get; init; }

    /// <summary>Requests.</summary>
    public required long Calls { get; init; }

    /// <summary>How many of them failed.</summary>
    public required long Failed { get; init; }

    /// <summary>Calls that the caller cancelled.</summary>
    public required long Cancelled { get; init; }

    /// <summary>Requests that gave a call the input it had asked for.</summary>
    public required long Continued { get; init; }

    /// <summary>Calls whose session had made them before with the same arguments, without a failure.</summary>
    public required long Repeated { get; init; }

    /// <summary>Calls whose session had made them before with the same arguments, with a failure.</summary>
    public required long Retried { get; init; }

    /// <summary>Notifications of progress.</summary>
    public required long Progress { get; init; }

    /// <summary>The failed calls by kind.</summary>
    public required InsightErrors Errors { get; init; }

    /// <summary>Times from requests to their last answers, in seconds; null: none.</summary>
    public InsightDistribution? Latency { get; init; }

    /// <summary>Sizes of requests, in bytes; null: none.</summary>
    public InsightDistribution? RequestSize { get; init; }

    /// <summary>Sizes of answers, in bytes; null: none.</summary>
    public InsightDistribution? ResponseSize { get; init; }
}

/// <summary>How values are distributed. A percentile is as exact as the histogram's scale.</summary>
public sealed record InsightDistribution
{
    /// <summary>How many values.</summary>
    public required long Count { get; init; }

    /// <summary>Half of them are at most this.</summary>
    public required double P50 { get; init; }

    /// <summary>95 % are at most this.</summary>
    public required double P95 { get; init; }

    /// <summary>99 % are at most this.</summary>
    public required double P99 { get; init; }

    /// <summary>The greatest.</summary>
    public required double Max { get; init; }

    /// <summary>All of it, where <c>histograms=true</c> was asked for.</summary>
    public InsightHistogram? Histogram { get; init; }
}
