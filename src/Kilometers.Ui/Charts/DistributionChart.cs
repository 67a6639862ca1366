using Kilometers.Recordings.Reading;

namespace Kilometers.Ui.Charts;

/// <summary>How the latencies of each tool are spread: the darker, the more of its answers took that long.</summary>
/// <param name="tools">The tools.</param>
public sealed class DistributionChart(IReadOnlyList<LatencyClasses> tools) : SvgChart
{
    private const int Row = 24;
    private const int Left = 220;
    private const int Right = 880;
    private const int MaxName = 30;

    /// <inheritdoc/>
    protected override string Label => "Latencies of each tool";

    /// <inheritdoc/>
    protected override int Height => (tools.Count * Row) + 30;

    /// <inheritdoc/>
    protected override void Draw()
    {
        var used = tools.SelectMany(tool => tool.Classes.Select((count, at) => (count, at)).Where(one => one.count > 0)).ToList();
        var (first, last) = (Math.Max(1, used.Min(one => one.at)), Math.Max(1, used.Max(one => one.at)));
        var axis = new LatencyAxis([Above(first - 1), Above(last)], Left, Right);
        foreach (var (latency, name) in axis.Marks())
        {
            Line(axis.At(latency), 0, axis.At(latency), tools.Count * Row, "grid");
            Text(axis.At(latency), Height - 10, name, "middle");
        }

        for (var row = 0; row < tools.Count; row++)
        {
            var tool = tools[row];
            Text(Left - 10, (row * Row) + 16, tool.Key.Length > MaxName ? tool.Key[..MaxName] + "…" : tool.Key, "end", "name");
            var most = tool.Classes.Max();
            for (var at = first; at <= last; at++)
            {
                if (tool.Classes[at] == 0)
                    continue;
                var (from, to) = (axis.At(Above(at - 1)), axis.At(Above(at)));
                var title =
                    $"{tool.Key}: {tool.Classes[at]} of {tool.Calls} answers took {LatencyAxis.Name(Above(at - 1))} to {LatencyAxis.Name(Above(at))}";
                Box(from, (row * Row) + 4, to - from - 1, Row - 8, "cell", title, 0.2 + (0.8 * tool.Classes[at] / most));
            }

            Text(Right + 14, (row * Row) + 16, Kilometers.Cli.Output.Units.Count(tool.Calls));
        }
    }

    /// <summary>The latency below which a class ends.</summary>
    private static TimeSpan Above(int at) => TimeSpan.FromMicroseconds(Math.Pow(2, at));
}
