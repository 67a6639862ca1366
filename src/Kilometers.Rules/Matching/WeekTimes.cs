namespace Kilometers.Rules.Matching;

/// <summary>Hours of some days of the week.</summary>
/// <param name="days">The days.</param>
/// <param name="from">From when on.</param>
/// <param name="to">Until when, exclusive; not later than the beginning: over midnight.</param>
/// <param name="zone">Where.</param>
public sealed class WeekTimes(IReadOnlySet<DayOfWeek> days, TimeOnly from, TimeOnly to, TimeZoneInfo zone)
{
    /// <summary>Whether a time is within.</summary>
    internal bool Contains(DateTimeOffset time)
    {
        var local = TimeZoneInfo.ConvertTime(time, zone);
        var now = TimeOnly.FromTimeSpan(local.TimeOfDay);
        if (from < to)
            return days.Contains(local.DayOfWeek) && now >= from && now < to;
        // What lies after midnight belongs to the day on which it began.
        return now >= from ? days.Contains(local.DayOfWeek) : now < to && days.Contains(local.AddDays(-1).DayOfWeek);
    }
}
