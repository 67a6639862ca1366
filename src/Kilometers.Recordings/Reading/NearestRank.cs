using Kilometers.Recordings.Storage;

namespace Kilometers.Recordings.Reading;

/// <summary>Percentiles by nearest rank: a value that was measured.</summary>
internal static class NearestRank
{
    /// <param name="sorted">The values, the smallest first.</param>
    /// <param name="share">0 to 1.</param>
    /// <returns>Null if there is no value.</returns>
    public static TimeSpan? Of(List<long> sorted, double share) =>
        sorted.Count == 0 ? null : FileTime.Span(sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Count) - 1, 0, sorted.Count - 1)]);
}
