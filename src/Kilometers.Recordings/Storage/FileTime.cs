namespace Kilometers.Recordings.Storage;

/// <summary>Times as the file has them: microseconds since 1970-01-01 UTC.</summary>
internal static class FileTime
{
    public static long Of(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    public static long Of(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>A time that no clock shows becomes the nearest that one can.</summary>
    public static DateTimeOffset Time(long microseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks(
            Math.Clamp(microseconds, 0, (DateTimeOffset.MaxValue - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond)
                * TimeSpan.TicksPerMicrosecond
        );

    public static TimeSpan Span(long microseconds) =>
        TimeSpan.FromTicks(Math.Clamp(microseconds, 0, long.MaxValue / TimeSpan.TicksPerMicrosecond) * TimeSpan.TicksPerMicrosecond);
}
