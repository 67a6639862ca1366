using System.Globalization;

namespace Kilometers.Ui.Charts;

/// <summary>Where times are in a picture.</summary>
/// <param name="From">The first.</param>
/// <param name="To">The last.</param>
/// <param name="Left">Where the first is.</param>
/// <param name="Right">Where the last is.</param>
public sealed record TimeAxis(DateTimeOffset From, DateTimeOffset To, double Left, double Right)
{
    private static readonly TimeSpan[] Steps =
    [
        .. ((double[])[1, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000]).Select(
            TimeSpan.FromSeconds
        ),
    ];

    private const int MaxMarks = 8;

    /// <summary>Where a time is.</summary>
    public double At(DateTimeOffset time) => Left + ((time - From) / (To - From) * (Right - Left));

    /// <summary>Round times within, on this machine's clock, with their names.</summary>
    public IEnumerable<(DateTimeOffset Time, string Name)> Marks()
    {
        var step = Steps.FirstOrDefault(one => (To - From) / one <= MaxMarks);
        if (step == TimeSpan.Zero)
            step = Steps[^1] * Math.Ceiling((To - From) / Steps[^1] / MaxMarks);
        var format =
            step < TimeSpan.FromMinutes(1) ? "HH:mm:ss"
            : step < TimeSpan.FromHours(12) ? "HH:mm"
            : "MMM d";
        var offset = From.ToLocalTime().Offset;
        var first = new DateTimeOffset((From.ToOffset(offset).Ticks + step.Ticks - 1) / step.Ticks * step.Ticks, offset);
        for (var time = first; time <= To; time += step)
            yield return (time, time.ToString(format, CultureInfo.InvariantCulture));
    }
}
