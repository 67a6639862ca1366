namespace Kilometers.Analytics.Writing;

/// <summary>How much is kept.</summary>
public sealed record AnalyticsOptions
{
    /// <summary>What the file may take of the disk, in bytes.</summary>
    public long MaxBytes { get; init; } = 100_000_000;

    /// <summary>How long figures are kept.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromDays(90);
}
