using System.Globalization;
using Kilometers.Analytics;
using Kilometers.Analytics.Reading;

namespace Kilometers.Cli.Commands.Reports;

/// <summary>A part of the time of a report.</summary>
/// <param name="Start">When it begins, on this machine's clock.</param>
/// <param name="Figures">Its calls.</param>
internal sealed record TimePart(DateTime Start, CallFigures Figures);

/// <summary>The time of a report in hours, or in days where there would be too many hours. Parts without calls are there, too.</summary>
internal sealed class TimeParts
{
    private const int MaxHours = 72;
    private const int MaxParts = 400;
    private const int MaxMarks = 6;

    private TimeParts(IReadOnlyList<TimePart> all, bool areDays) => (All, AreDays) = (all, areDays);

    /// <summary>The parts, in order.</summary>
    public IReadOnlyList<TimePart> All { get; }

    /// <summary>Whether each is a day, not an hour.</summary>
    public bool AreDays { get; }

    /// <summary>The parts of a report.</summary>
    public static TimeParts Of(Report report)
    {
        var first = report.Hours[0].Start;
        var last = report.Hours[^1].Start;
        var areDays = (last - first).TotalHours >= MaxHours;
        var parts = new SortedDictionary<DateTime, CallFigures>();
        var step = areDays ? TimeSpan.FromDays(1) : TimeSpan.FromHours(1);
        for (var time = Begin(first); time <= Begin(last) && parts.Count < MaxParts; time += step)
            parts[time] = new CallFigures();
        foreach (var hour in report.Hours)
        {
            // Beyond the most parts, and where the clock was changed, a part of its own.
            if (!parts.TryGetValue(Begin(hour.Start), out var sum))
                parts[Begin(hour.Start)] = sum = new CallFigures();
            sum.Add(hour.Figures);
        }

        return new TimeParts([.. parts.Select(pair => new TimePart(pair.Key, pair.Value))], areDays);

        DateTime Begin(DateTimeOffset time)
        {
            var local = time.ToLocalTime().DateTime;
            return areDays ? local.Date : local;
        }
    }

    /// <summary>Which parts are named, and how.</summary>
    public IEnumerable<(int Part, string Name)> Marks()
    {
        var step = Math.Max(1, (int)Math.Ceiling((double)All.Count / MaxMarks));
        for (var at = 0; at < All.Count; at += step)
            yield return (at, Name(at, isShort: true));
    }

    /// <summary>A part in words.</summary>
    public string Name(int part, bool isShort = false) =>
        All[part]
            .Start.ToString(
                AreDays
                    ? isShort
                        ? "MMM d"
                        : "yyyy-MM-dd"
                    : isShort
                        ? "MMM d HH:mm"
                        : "yyyy-MM-dd HH:mm",
                CultureInfo.InvariantCulture
            );
}
