using System.Globalization;
using Kilometers.Recordings.Reading;

namespace Kilometers.Ui.Charts;

/// <summary>Calls of each hour: a row for each day, on this machine's clock.</summary>
/// <param name="hours">Hours that had calls.</param>
/// <param name="days">The days that are shown, the newest first.</param>
public sealed class HourMap(IReadOnlyList<CallHour> hours, IReadOnlyList<DateOnly> days) : SvgChart
{
    private const int Row = 20;
    private const int Left = 90;
    private const double Cell = (Width - Left - 60) / 24.0;

    /// <inheritdoc/>
    protected override string Label => "Calls of each hour";

    /// <inheritdoc/>
    protected override int Height => (days.Count * Row) + 24;

    /// <inheritdoc/>
    protected override void Draw()
    {
        var byHour = hours
            .GroupBy(hour => hour.Hour.ToLocalTime())
            .GroupBy(hour => (DateOnly.FromDateTime(hour.Key.DateTime), hour.Key.Hour))
            .ToDictionary(
                group => group.Key,
                group => (Calls: group.Sum(hour => hour.Sum(one => one.Calls)), Errors: group.Sum(hour => hour.Sum(one => one.Errors)))
            );
        var most = byHour.Count == 0 ? 1 : byHour.Values.Max(hour => hour.Calls);
        for (var row = 0; row < days.Count; row++)
        {
            Text(Left - 8, (row * Row) + 14, days[row].ToString("ddd MMM d", CultureInfo.InvariantCulture), "end");
            var sum = 0L;
            for (var hour = 0; hour < 24; hour++)
            {
                var (calls, errors) = byHour.GetValueOrDefault((days[row], hour));
                sum += calls;
                var title = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{days[row]:yyyy-MM-dd} {hour:00}:00: {calls} calls, {errors} errors"
                );
                Box(
                    Left + (hour * Cell),
                    (row * Row) + 2,
                    Cell - 2,
                    Row - 4,
                    calls == 0 ? "none" : "cell",
                    title,
                    calls == 0 ? 1 : 0.2 + (0.8 * Math.Log(1 + calls) / Math.Log(1 + most))
                );
                if (errors > 0)
                    Box(Left + (hour * Cell), (row * Row) + Row - 5, (Cell - 2) * errors / calls, 3, "errors", title);
            }

            Text(Width - 52, (row * Row) + 14, Kilometers.Cli.Output.Units.Count(sum));
        }

        for (var hour = 0; hour < 24; hour += 3)
            Text(Left + (hour * Cell), Height - 6, string.Create(CultureInfo.InvariantCulture, $"{hour:00}:00"));
    }
}
