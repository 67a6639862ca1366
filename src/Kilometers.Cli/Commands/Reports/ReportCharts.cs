using Kilometers.Analytics;
using Kilometers.Analytics.Reading;
using Kilometers.Cli.Output;

namespace Kilometers.Cli.Commands.Reports;

/// <summary>The pictures of a report.</summary>
internal static class ReportCharts
{
    private const int Left = 60;
    private const int Right = SvgDrawing.Width - 8;
    private const int Top = 24;
    private const int Bottom = 170;
    private const int Height = 200;
    private const int Row = 26;
    private const int MaxTools = 12;
    private const int NameWidth = 170;
    private const int MaxName = 24;

    /// <summary>How many calls there were, and how many failed.</summary>
    public static SvgDrawing Calls(TimeParts parts)
    {
        var drawing = new SvgDrawing("Calls and errors over time", Height);
        Legend(drawing, ("calls", "calls"), ("errors", "errors"));
        var most = Math.Max(1, parts.All.Max(part => part.Figures.Calls));
        foreach (var mark in (long[])[.. ((long[])[0, most / 2, most]).Distinct()])
        {
            drawing.Line(Left, Y(mark), Right, Y(mark), "grid");
            drawing.Text(Left - 6, Y(mark) + 4, Units.Count(mark), "end");
        }

        TimeAxis(drawing, parts);
        var step = (double)(Right - Left) / parts.All.Count;
        for (var at = 0; at < parts.All.Count; at++)
        {
            var figures = parts.All[at].Figures;
            if (figures.Calls == 0)
                continue;
            var title = $"{parts.Name(at)}: {Units.Many(figures.Calls, "call")}, {Units.Many(figures.AllErrors, "error")}";
            var (x, width) = (Left + (at * step), Math.Clamp(step - 1, 1, 40));
            drawing.Box(x, Y(figures.Calls), width, Bottom - Y(figures.Calls), "calls", title);
            if (figures.AllErrors > 0)
                drawing.Box(x, Y(figures.AllErrors), width, Bottom - Y(figures.AllErrors), "errors", title);
        }

        return drawing;

        double Y(long calls) => Bottom - (Math.Min(1, (double)calls / most) * (Bottom - Top));
    }

    /// <summary>How long calls took.</summary>
    public static SvgDrawing Latencies(TimeParts parts)
    {
        var drawing = new SvgDrawing("Latency over time", Height);
        Legend(drawing, ("half", "P50"), ("most", "P95"));
        var answered = parts.All.Where(part => part.Figures.Latency.Count > 0).ToList();
        TimeAxis(drawing, parts);
        if (answered.Count == 0)
            return drawing;
        var scale = new LatencyScale(
            answered.Min(part => part.Figures.Latency.Quantile(0.5)!.Value),
            answered.Max(part => part.Figures.Latency.Quantile(0.95)!.Value),
            Bottom,
            Top
        );
        foreach (var mark in scale.Marks())
        {
            drawing.Line(Left, scale.At(mark), Right, scale.At(mark), "grid");
            drawing.Text(Left - 6, scale.At(mark) + 4, Units.Milliseconds(mark * 1000), "end");
        }

        foreach (var (part, style) in (ReadOnlySpan<(double, string)>)[(0.95, "most"), (0.5, "half")])
        {
            // A part without calls leaves a gap.
            var line = new List<(double X, double Y)>();
            for (var at = 0; at < parts.All.Count; at++)
            {
                if (parts.All[at].Figures.Latency.Quantile(part) is not { } seconds)
                {
                    drawing.Path(line, style);
                    line.Clear();
                    continue;
                }

                var (x, y) = (Middle(parts, at), scale.At(seconds));
                line.Add((x, y));
                drawing.Dot(x, y, 3, style, $"{parts.Name(at)}: {(part > 0.9 ? "P95" : "P50")} {Units.Milliseconds(seconds * 1000)}");
            }

            drawing.Path(line, style);
        }

        return drawing;
    }

    /// <summary>How long the calls of each tool took.</summary>
    public static SvgDrawing Tools(Report report)
    {
        var tools = report.Tools.Where(tool => tool.Figures.Latency.Count > 0).Take(MaxTools).ToList();
        var bottom = Top + (tools.Count * Row);
        var drawing = new SvgDrawing("Latency of tools", bottom + 24);
        Legend(drawing, ("half", "P50"), ("most", "P95"), ("max", "longest"));
        if (tools.Count == 0)
            return drawing;
        var scale = new LatencyScale(
            tools.Min(tool => tool.Figures.Latency.Quantile(0.5)!.Value),
            tools.Max(tool => tool.Figures.Latency.Max),
            NameWidth,
            Right - 10
        );
        foreach (var mark in scale.Marks())
        {
            drawing.Line(scale.At(mark), Top, scale.At(mark), bottom, "grid");
            drawing.Text(scale.At(mark), bottom + 16, Units.Milliseconds(mark * 1000), "middle");
        }

        for (var at = 0; at < tools.Count; at++)
        {
            var (tool, y) = (tools[at], Top + (at * Row) + (Row / 2));
            var latency = tool.Figures.Latency;
            var (half, most) = (latency.Quantile(0.5)!.Value, latency.Quantile(0.95)!.Value);
            var title =
                $"{tool.Server}/{tool.Name}: P50 {Units.Milliseconds(half * 1000)}, P95 {Units.Milliseconds(most * 1000)}, longest {Units.Milliseconds(latency.Max * 1000)}";
            drawing.Text(NameWidth - 8, y + 4, Name(tool.Name), "end");
            drawing.Line(scale.At(half), y, scale.At(latency.Max), y, "range");
            drawing.Dot(scale.At(latency.Max), y, 3, "max", title);
            drawing.Dot(scale.At(most), y, 5, "most", title);
            drawing.Dot(scale.At(half), y, 5, "half", title);
        }

        return drawing;
    }

    /// <summary>Why calls failed.</summary>
    public static SvgDrawing Errors(Report report)
    {
        var kinds = Enum.GetValues<ErrorKind>()
            .Where(kind => report.Total.Errors(kind) > 0)
            .OrderByDescending(report.Total.Errors)
            .ToList();
        var drawing = new SvgDrawing("Errors by kind", Top + (kinds.Count * Row) + 8);
        if (kinds.Count == 0)
            return drawing;
        var most = report.Total.Errors(kinds[0]);
        for (var at = 0; at < kinds.Count; at++)
        {
            var (count, y) = (report.Total.Errors(kinds[at]), Top + (at * Row));
            var width = (double)count / most * (Right - NameWidth - 60);
            drawing.Text(NameWidth - 8, y + 12, ErrorNames.Of(kinds[at]), "end");
            drawing.Box(NameWidth, y, width, 16, "errors", $"{ErrorNames.Of(kinds[at])}: {count}, {ErrorNames.Meaning(kinds[at])}");
            drawing.Text(NameWidth + width + 6, y + 12, Units.Count(count));
        }

        return drawing;
    }

    private static void Legend(SvgDrawing drawing, params (string Style, string Name)[] entries)
    {
        double x = Left;
        foreach (var (style, name) in entries)
        {
            drawing.Dot(x + 4, 8, 4, style, name);
            drawing.Text(x + 13, 12, name);
            x += (name.Length * 7) + 32;
        }
    }

    private static void TimeAxis(SvgDrawing drawing, TimeParts parts)
    {
        foreach (var (part, name) in parts.Marks())
            drawing.Text(Math.Max(Left, Middle(parts, part)), Height - 10, name, part == 0 ? "start" : "middle");
    }

    private static double Middle(TimeParts parts, int part) => Left + ((part + 0.5) * (Right - Left) / parts.All.Count);

    private static string Name(string name) => name.Length <= MaxName ? name : name[..(MaxName - 1)] + "…";
}

/// <summary>Where latencies are in a picture: a tenfold is always as far.</summary>
/// <param name="min">The least, in seconds.</param>
/// <param name="max">The greatest.</param>
/// <param name="from">Where the first mark is.</param>
/// <param name="to">Where the last one is.</param>
internal sealed class LatencyScale(double min, double max, double from, double to)
{
    private const double MinValue = 0.0001;

    private readonly int _first = (int)Math.Floor(Math.Log10(Math.Max(MinValue, min)));
    private readonly int _last = Math.Max(
        (int)Math.Floor(Math.Log10(Math.Max(MinValue, min))) + 1,
        (int)Math.Ceiling(Math.Log10(Math.Max(MinValue, max)))
    );

    /// <summary>Where a latency is.</summary>
    public double At(double seconds) => from + ((Math.Log10(Math.Max(MinValue, seconds)) - _first) / (_last - _first) * (to - from));

    /// <summary>The powers of ten from the first to the last.</summary>
    public IEnumerable<double> Marks()
    {
        for (var power = _first; power <= _last; power++)
            yield return Math.Pow(10, power);
    }
}
