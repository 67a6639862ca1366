namespace Kilometers.Analytics;

/// <summary>What is unusual (docs/plugins/analytics.md, "Alarms"). The order is that of the numbers in the file.</summary>
public enum AnomalyKind
{
    /// <summary>One call took far longer than others of its tool.</summary>
    SlowCall,

    /// <summary>One answer was far larger than others of its tool.</summary>
    LargeAnswer,

    /// <summary>A tool has become slower.</summary>
    Slower,

    /// <summary>A tool's answers have become larger.</summary>
    Larger,

    /// <summary>A tool fails more often.</summary>
    Failing,

    /// <summary>A server's tools are called in other proportions.</summary>
    CallMix,

    /// <summary>A server's tools are called in another order.</summary>
    CallOrder,
}

/// <summary>Something unusual, with the figures that explain it. Names are stored as they are: secrets are masked before.</summary>
public sealed record Anomaly
{
    /// <summary>What it is.</summary>
    public required AnomalyKind Kind { get; init; }

    /// <summary>km's own id of the session.</summary>
    public required string Session { get; init; }

    /// <summary>The server's label.</summary>
    public required string Server { get; init; }

    /// <summary>The tool; of an order, the one that came second.</summary>
    public required string Tool { get; init; }

    /// <summary>Of an order, the tool that came first; else empty.</summary>
    public string Previous { get; init; } = "";

    /// <summary>When it was found.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>When the calls began that it was found in.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>The position in the session of the request of the call with which it was found; 0: not known.</summary>
    public required long Sequence { get; init; }

    /// <summary>What was seen: seconds, bytes, or a part of all calls from 0 to 1.</summary>
    public required double Value { get; init; }

    /// <summary>What is usual, in the same unit.</summary>
    public required double Usual { get; init; }

    /// <summary>Of one call, what 99 % of the others do not exceed; else 0.</summary>
    public double Limit { get; init; }

    /// <summary>How many calls it was found in.</summary>
    public required long Calls { get; init; }

    /// <summary>How many calls, or spells of calls, say what is usual.</summary>
    public required long Known { get; init; }

    /// <summary>Hours of sessions in which it comes once by chance.</summary>
    public required double Hours { get; init; }
}
