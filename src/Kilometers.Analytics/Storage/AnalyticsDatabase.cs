using Kilometers.Sqlite;

namespace Kilometers.Analytics.Storage;

/// <summary>A connection to the file of figures. For one thread at a time.</summary>
internal sealed class AnalyticsDatabase : SqliteDatabase
{
    private AnalyticsDatabase(string path, bool writes)
        : base(path, writes, static (fault, message) => new AnalyticsException(fault, message)) { }

    /// <summary>Opens the file to write it; makes it, and brings it to this version's schema.</summary>
    /// <exception cref="AnalyticsException">It cannot be used.</exception>
    public static AnalyticsDatabase OpenToWrite(string path) => Ready(new AnalyticsDatabase(path, writes: true), Schema.Migrate);

    /// <summary>Opens the file to read it. Nothing in it is trusted: a plugin wrote it.</summary>
    /// <exception cref="AnalyticsException">It cannot be used.</exception>
    public static AnalyticsDatabase OpenToRead(string path) => Ready(new AnalyticsDatabase(path, writes: false), Schema.Require);

    /// <summary>Times as the file has them: microseconds since 1970-01-01 UTC.</summary>
    public static long Time(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>A time that no clock shows becomes the nearest that one can.</summary>
    public static DateTimeOffset Time(long microseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks(
            Math.Clamp(microseconds, 0, (DateTimeOffset.MaxValue - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond)
                * TimeSpan.TicksPerMicrosecond
        );
}
