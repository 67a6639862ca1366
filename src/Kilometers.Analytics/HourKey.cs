namespace Kilometers.Analytics;

/// <summary>Which calls of a session are summed up together.</summary>
/// <param name="Hour">The hour in which they began, counted from 1970-01-01 UTC.</param>
/// <param name="IsFromServer">Whether the server asked the client.</param>
/// <param name="Method">Their method.</param>
/// <param name="Name">The tool or the prompt; else empty: resources may be any number, and their addresses hold secrets.</param>
public readonly record struct HourKey(long Hour, bool IsFromServer, string Method, string Name)
{
    /// <summary>The hour of a time.</summary>
    public static long HourOf(DateTimeOffset time) => time.ToUnixTimeSeconds() / 3600;

    /// <summary>When an hour begins.</summary>
    public static DateTimeOffset TimeOf(long hour) => DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(hour, 0, MaxHour) * 3600);

    /// <summary>The last hour of the year 9999.</summary>
    private const long MaxHour = 70_389_527;
}
