namespace Kilometers.Api.Storage;

/// <summary>Figures of calls of one hour; what a column means stands at <see cref="Contracts.Api.InsightFigures"/>.</summary>
internal sealed class InsightRow
{
    public required string CustomerId { get; init; }

    /// <summary>Counted from 1970-01-01 UTC.</summary>
    public required long Hour { get; init; }

    public required string Installation { get; init; }

    public required string Server { get; init; }

    public required string Client { get; init; }

    /// <summary>Whether the server asked the client.</summary>
    public required bool IsFromServer { get; init; }

    public required string Method { get; init; }

    public required string Name { get; init; }

    public required long Calls { get; init; }

    public required long Cancelled { get; init; }

    public required long Continued { get; init; }

    public required long Repeated { get; init; }

    public required long Retried { get; init; }

    public required long Progress { get; init; }

    public required long ProtocolErrors { get; init; }

    public required long SchemaErrors { get; init; }

    public required long ToolErrors { get; init; }

    public required long TimeoutErrors { get; init; }

    public required long AuthErrors { get; init; }

    public required long QuotaErrors { get; init; }

    public required long TransportErrors { get; init; }

    /// <summary>A histogram as <see cref="Analytics.Sketches.HistogramBytes"/> writes it; the others, too.</summary>
    public required byte[] Latency { get; init; }

    public required byte[] RequestSize { get; init; }

    public required byte[] ResponseSize { get; init; }
}

/// <summary>An alarm of one hour; what a column means stands at <see cref="Contracts.Api.InsightAlarm"/>.</summary>
internal sealed class InsightAlarmRow
{
    public required string CustomerId { get; init; }

    public required long Hour { get; init; }

    public required string Installation { get; init; }

    /// <summary>Its place among those of the hour.</summary>
    public required int Number { get; init; }

    public required string Kind { get; init; }

    public required string Server { get; init; }

    public required string Tool { get; init; }

    public required string? Previous { get; init; }

    public required string? Session { get; init; }

    public required long Time { get; init; }

    public required long Since { get; init; }

    public required double Value { get; init; }

    public required double Usual { get; init; }

    public required double? Limit { get; init; }

    public required long Calls { get; init; }

    public required double Hours { get; init; }
}
