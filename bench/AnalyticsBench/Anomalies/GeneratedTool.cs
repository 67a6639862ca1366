namespace Kilometers.AnalyticsBench.Anomalies;

/// <summary>A tool of a generated server. What is planted changes it.</summary>
internal sealed class GeneratedTool
{
    public required string Name { get; init; }

    /// <summary>The middle of its latencies, in seconds.</summary>
    public required double Latency { get; set; }

    /// <summary>The standard deviation of the logarithm of its latencies.</summary>
    public required double Spread { get; init; }

    /// <summary>The part of its calls that is slower by a factor with a heavy tail.</summary>
    public required double Stalls { get; init; }

    /// <summary>The middle of the sizes of its answers.</summary>
    public required double Size { get; set; }

    /// <summary>The standard deviation of the logarithm of its sizes.</summary>
    public required double SizeSpread { get; init; }

    /// <summary>The part of its calls that fails.</summary>
    public required double Failing { get; set; }

    /// <summary>What follows it, by weight.</summary>
    public required double[] Followers { get; set; }
}
