namespace Kilometers.Api.Insights;

/// <summary>How much of figures the API takes and looks at. What analytics counts stays far below.</summary>
internal static class InsightLimits
{
    /// <summary>Bytes of a batch after decompression.</summary>
    public const int BatchBytes = 8 << 20;

    /// <summary>Hours of a batch.</summary>
    public const int Hours = 1_000;

    /// <summary>Figures of a batch, all hours together.</summary>
    public const int Figures = 2_000;

    /// <summary>Alarms of a batch, all hours together.</summary>
    public const int Alarms = 2_000;

    /// <summary>UTF-16 characters of a name.</summary>
    public const int Name = 256;

    /// <summary>How often something happened in an hour. Sums of as many as a query reads fit into a long.</summary>
    public const long Count = 1L << 32;

    /// <summary>The longest time that a query looks at.</summary>
    public static readonly TimeSpan Range = TimeSpan.FromDays(366);

    /// <summary>Groups that a query holds in memory.</summary>
    public const int Groups = 10_000;

    /// <summary>Groups in an answer.</summary>
    public const int Answer = 1_000;
}
