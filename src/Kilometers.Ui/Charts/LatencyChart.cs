using Kilometers.Cli.Output;
using Kilometers.Recordings.Reading;

namespace Kilometers.Ui.Charts;

/// <summary>How long answers took, over time.</summary>
/// <param name="parts">The time in parts.</param>
/// <param name="axis">The time.</param>
public sealed class LatencyChart(IReadOnlyList<TimelinePart> parts, TimeAxis axis) : SvgChart
{
    private const int Top = 10;
    private const int Bottom = 230;
    private const int MaxDots = 150;

    /// <inheritdoc/>
    protected override string Label => "Latency over time";

    /// <inheritdoc/>
    protected override int Height => 260;

    /// <inheritdoc/>
    protected override void Draw()
    {
        var answered = parts.Where(part => part.P50 is not null).ToList();
        var latencies = new LatencyAxis(answered.SelectMany(part => (TimeSpan[])[part.P50!.Value, part.Max!.Value]), Bottom, Top);
        foreach (var (latency, name) in latencies.Marks())
        {
            Line(axis.Left, latencies.At(latency), axis.Right, latencies.At(latency), "grid");
            Text(axis.Left - 6, latencies.At(latency) + 4, name, "end");
        }

        foreach (var (time, name) in axis.Marks())
            Text(axis.At(time), Height - 8, name, "middle");
        Path(answered.Select(part => (X(part), latencies.At(part.P95!.Value))), "p95");
        Path(answered.Select(part => (X(part), latencies.At(part.P50!.Value))), "p50");
        foreach (var part in answered)
        {
            var title =
                $"{Units.Time(part.Start)}: {part.Calls} calls, p50 {LatencyAxis.Name(part.P50)}, p95 {LatencyAxis.Name(part.P95)}, longest {LatencyAxis.Name(part.Max)}";
            Dot(X(part), latencies.At(part.Max!.Value), 2.5, "dotmax", title);
            if (answered.Count > MaxDots)
                continue;
            Dot(X(part), latencies.At(part.P95!.Value), 3, "dot95", title);
            Dot(X(part), latencies.At(part.P50!.Value), 3, "dot50", title);
        }
    }

    private double X(TimelinePart part) => axis.At(part.Start + ((axis.To - axis.From) / parts.Count / 2));
}
