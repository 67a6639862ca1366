using Kilometers.Analytics.Storage;

namespace Kilometers.Analytics.Writing;

/// <summary>Deletes what is too old or too much, the oldest hours first, and returns the space to the disk.</summary>
internal static class Retention
{
    /// <summary>Deletes until so much of the limit is used, so that not every call costs a deletion.</summary>
    private const double Target = 0.9;

    /// <summary>More is left for the next time.</summary>
    private const int MaxRounds = 1000;

    private const long MicrosecondsPerHour = 3_600_000_000;

    /// <param name="database">The file.</param>
    /// <param name="options">How much is kept.</param>
    /// <param name="aside">What damaged files take, in bytes.</param>
    /// <param name="now">The time.</param>
    public static void Apply(AnalyticsDatabase database, AnalyticsOptions options, long aside, DateTimeOffset now)
    {
        var isChanged = DeleteBefore(database, HourKey.HourOf(now - options.MaxAge));
        var most = Math.Max(options.MaxBytes - aside, options.MaxBytes / 10);
        if (database.Used > most)
        {
            for (
                var round = 0;
                round < MaxRounds
                    && database.Used > most * Target
                    && database.Value("SELECT min(hour) FROM call_hours") is { } oldest
                    && oldest < HourKey.HourOf(now);
                round++
            )
                isChanged |= DeleteBefore(database, oldest + 1);
        }

        if (isChanged)
            database.Shrink();
    }

    private static bool DeleteBefore(AnalyticsDatabase database, long hour)
    {
        var changed = 0;
        database.InTransaction(() =>
        {
            foreach (
                var (sql, limit) in (ReadOnlySpan<(string, long)>)
                    [
                        ("DELETE FROM call_hours WHERE hour < ?", hour),
                        ("DELETE FROM sessions WHERE last_seen < ?", hour * MicrosecondsPerHour),
                        ("DELETE FROM tools WHERE last_seen < ?", hour * MicrosecondsPerHour),
                        ("DELETE FROM anomalies WHERE time < ?", hour * MicrosecondsPerHour),
                        ("DELETE FROM learned WHERE updated < ?", hour * MicrosecondsPerHour),
                    ]
            )
            {
                using var statement = database.Prepare(sql);
                changed += statement.Bind(0, limit).Run();
            }
        });
        return changed > 0;
    }
}
