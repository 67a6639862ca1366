namespace Kilometers.Plugins.Analytics.Anomalies;

/// <summary>Some calls of one tool in one session, one after the other: what is looked at together for lasting changes.</summary>
/// <param name="start">When the first began.</param>
internal sealed class ToolSpell(DateTimeOffset start)
{
    private const int MaxCalls = 16;
    private const int MinCalls = 3;
    private static readonly TimeSpan Length = TimeSpan.FromMinutes(10);

    private readonly List<double> _latencies = [];
    private readonly List<double> _sizes = [];

    public DateTimeOffset Start => start;

    public int Calls { get; private set; }

    public int Failed { get; private set; }

    /// <summary>The middle of the logarithms of the latencies of calls that did not fail; null: too few.</summary>
    public double? Latency => Middle(_latencies);

    /// <summary>The middle of the logarithms of the sizes of answers of calls that did not fail; null: too few.</summary>
    public double? Size => Middle(_sizes);

    /// <summary>Whether it is enough to judge, at the end of a session.</summary>
    public bool IsEnough => Calls >= MinCalls;

    public bool IsComplete(DateTimeOffset now) => Calls >= MaxCalls || (IsEnough && now - start >= Length);

    public void Add(WatchedCall call)
    {
        Calls++;
        if (call.HasFailed)
        {
            Failed++;
            return;
        }

        if (call.LogLatency is { } latency)
            _latencies.Add(latency);
        if (call.LogSize is { } size)
            _sizes.Add(size);
    }

    private static double? Middle(List<double> values)
    {
        if (values.Count < MinCalls)
            return null;
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}

/// <summary>Some calls of one session, of any tools: what is looked at together for the mix and the order of calls.</summary>
/// <param name="start">When the first began.</param>
internal sealed class CallSpell(DateTimeOffset start)
{
    private const int MaxCalls = 32;
    private const int MinCalls = 12;
    private static readonly TimeSpan Length = TimeSpan.FromMinutes(10);

    private readonly List<(string? Previous, string Tool)> _calls = [];

    public DateTimeOffset Start => start;

    public IReadOnlyList<(string? Previous, string Tool)> Calls => _calls;

    public bool IsEnough => _calls.Count >= MinCalls;

    public bool IsComplete(DateTimeOffset now) => _calls.Count >= MaxCalls || (IsEnough && now - start >= Length);

    public void Add(string? previous, string tool) => _calls.Add((previous, tool));

    /// <summary>How far the mix is from usual: the likelihood ratio G, as a nearly normal number (Fisher).</summary>
    /// <param name="norms">What is usual.</param>
    /// <returns>With the tool that differs most, by the part of the calls that it has.</returns>
    public (double Score, string Tool, double Part) Mix(ServerNorms norms)
    {
        double sum = 0,
            most = double.MinValue;
        var (tool, part, kinds) = ("", 0.0, 0);
        foreach (var group in _calls.GroupBy(call => call.Tool, StringComparer.Ordinal))
        {
            var count = group.Count();
            var term = count * Math.Log(count / (_calls.Count * norms.Tools.Of(group.Key)));
            sum += term;
            kinds++;
            if (term > most)
                (most, tool, part) = (term, group.Key, count / (double)_calls.Count);
        }

        return (Math.Sqrt(Math.Max(0, 4 * sum)) - Math.Sqrt((2 * kinds) - 1), tool, part);
    }

    /// <summary>How surprising the order is, in bits per call, beyond what the mix is.</summary>
    /// <param name="norms">What is usual.</param>
    /// <returns>With the step that surprises most, by the part of the first tool's calls that it follows.</returns>
    public (double Score, string Previous, string Tool, double Part) Order(ServerNorms norms)
    {
        double sum = 0,
            most = double.MinValue;
        var (previous, tool, part, steps) = ("", "", 0.0, 0);
        foreach (var group in _calls.Where(call => call.Previous is not null).GroupBy(call => call))
        {
            var (first, second) = (group.Key.Previous!, group.Key.Tool);
            var count = group.Count();
            var follows = norms.Follows(first, second);
            var term = count * -Math.Log2(follows);
            steps += count;
            sum += term;

            // What comes more often than usual explains it, not what is always rare.
            var own = count / (double)_calls.Count(call => call.Previous == first);
            var excess = count * Math.Log2(own / follows);
            if (excess > most)
                (most, previous, tool, part) = (excess, first, second, own);
        }

        return (steps > 0 ? sum / steps : 0, previous, tool, part);
    }
}
