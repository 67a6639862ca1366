namespace Kilometers.Api.Events.Model;

/// <summary>Times as the database has them: microseconds from 1970, which all databases order and subtract alike.</summary>
internal static class EventTime
{
    public static long ToMicroseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>As far as times go: what would be before the first or after the last is that one.</summary>
    public static DateTimeOffset Move(DateTimeOffset time, TimeSpan by) =>
        by < TimeSpan.Zero
            ? time - DateTimeOffset.MinValue < -by
                ? DateTimeOffset.MinValue
                : time + by
            : DateTimeOffset.MaxValue - time < by
                ? DateTimeOffset.MaxValue
                : time + by;

    public static DateTimeOffset FromMicroseconds(long microseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);
}
