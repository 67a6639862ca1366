using Kilometers.Cli.Output;
using Kilometers.Recordings.Reading;

namespace Kilometers.Ui.Charts;

/// <summary>How many calls there were over time, and how many failed.</summary>
/// <param name="parts">The time in parts.</param>
/// <param name="axis">The time.</param>
public sealed class CallsChart(IReadOnlyList<TimelinePart> parts, TimeAxis axis) : SvgChart
{
    private const int Top = 10;
    private const int Bottom = 150;

    /// <inheritdoc/>
    protected override string Label => "Calls and errors over time";

    /// <inheritdoc/>
    protected override int Height => 180;

    /// <inheritdoc/>
    protected override void Draw()
    {
        var most = Math.Max(1, parts.Max(part => part.Calls));
        foreach (var mark in (long[])[0, most / 2, most])
        {
            Line(axis.Left, Y(mark), axis.Right, Y(mark), "grid");
            Text(axis.Left - 6, Y(mark) + 4, Units.Count(mark), "end");
        }

        foreach (var (time, name) in axis.Marks())
            Text(axis.At(time), Height - 8, name, "middle");
        var width = Math.Max(1, ((axis.Right - axis.Left) / parts.Count) - 1);
        foreach (var part in parts.Where(part => part.Calls > 0))
        {
            var title = $"{Units.Time(part.Start)}: {part.Calls} calls, {part.Errors} errors";
            Box(axis.At(part.Start), Y(part.Calls), width, Bottom - Y(part.Calls), "calls", title);
            if (part.Errors > 0)
                Box(axis.At(part.Start), Y(part.Errors), width, Bottom - Y(part.Errors), "errors", title);
        }

        double Y(long calls) => Bottom - ((double)calls / most * (Bottom - Top));
    }
}
