using Kilometers.Cli.Output;

namespace Kilometers.Ui.Charts;

/// <summary>Where latencies are in a picture: each power of ten takes the same room.</summary>
public sealed class LatencyAxis
{
    private readonly double _from;
    private readonly double _to;
    private readonly double _start;
    private readonly double _end;

    /// <param name="latencies">What is to be shown.</param>
    /// <param name="start">Where the shortest is.</param>
    /// <param name="end">Where the longest is.</param>
    public LatencyAxis(IEnumerable<TimeSpan> latencies, double start, double end)
    {
        (_start, _end) = (start, end);
        var values = latencies.Select(Logarithm).DefaultIfEmpty(0).ToList();
        _from = Math.Floor(values.Min());
        _to = Math.Max(_from + 1, Math.Ceiling(values.Max()));
    }

    /// <summary>Where a latency is.</summary>
    public double At(TimeSpan latency) => _start + ((Math.Clamp(Logarithm(latency), _from, _to) - _from) / (_to - _from) * (_end - _start));

    /// <summary>Powers of ten within, with their names.</summary>
    public IEnumerable<(TimeSpan Latency, string Name)> Marks()
    {
        for (var power = _from; power <= _to; power++)
        {
            var milliseconds = Math.Pow(10, power);
            yield return (
                TimeSpan.FromMicroseconds(milliseconds * 1000),
                milliseconds < 0.1 ? $"{milliseconds * 1000:0} us"
                : milliseconds < 1 ? "0.1 ms"
                : milliseconds < 1000 ? $"{milliseconds:0} ms"
                : $"{milliseconds / 1000:0} s"
            );
        }
    }

    /// <summary>How long, in words.</summary>
    public static string Name(TimeSpan? latency) => Units.Milliseconds(latency?.TotalMilliseconds);

    private static double Logarithm(TimeSpan latency) => Math.Log10(Math.Max(0.01, latency.TotalMilliseconds));
}
