using Kilometers.Plugins.Analytics.Anomalies;

namespace Kilometers.AnalyticsBench.Anomalies;

/// <summary>
/// A server whose sessions are made up, harder than independent draws: each session has its own files (other latencies and sizes for all its calls),
/// the machine is busy or idle for hours, some calls stall with a heavy tail, and failures come in runs.
/// </summary>
internal sealed class GeneratedServer
{
    private readonly Random _random;
    private double _load;
    private int _sessions;

    public GeneratedServer(string name, Random random)
    {
        (Name, _random) = (name, random);
        var count = random.Next(3, 9);
        for (var tool = 0; tool < count; tool++)
            Tools.Add(
                new GeneratedTool
                {
                    Name = $"tool-{tool}",
                    Latency = 0.002 * Math.Pow(1000, random.NextDouble()),
                    Spread = 0.2 + (0.5 * random.NextDouble()),
                    Stalls = 0.03 * random.NextDouble(),
                    Size = 100 * Math.Pow(300, random.NextDouble()),
                    SizeSpread = 0.1 + (0.9 * random.NextDouble()),
                    Failing = random.Next(3) == 0 ? 0.05 * random.NextDouble() : 0.005,
                    Followers = [.. Enumerable.Range(0, count).Select(_ => Math.Pow(random.NextDouble(), 3) + 0.01)],
                }
            );
    }

    public string Name { get; }

    public List<GeneratedTool> Tools { get; } = [];

    /// <summary>Calls of sessions one after the other, from a time on, for a number of hours of sessions.</summary>
    public IEnumerable<(string Session, WatchedCall Call)> Calls(DateTimeOffset start, double hours)
    {
        var (time, until) = (start, start.AddHours(hours));
        while (time < until)
        {
            var session = $"{Name}-{++_sessions}";
            var end = time.AddMinutes(5 + (110 * Math.Pow(_random.NextDouble(), 2)));
            double slow = Math.Exp(0.25 * Normal()),
                large = Math.Exp(0.3 * Normal());
            var isFailing = new bool[Tools.Count];
            var at = _random.Next(Tools.Count);
            for (var sequence = 1; time < end; sequence++)
            {
                // About four calls a minute: some in a row, then the model thinks.
                time = time.AddSeconds(_random.NextDouble() < 0.5 ? _random.NextDouble() : 30 * -Math.Log(1 - _random.NextDouble()));
                yield return (session, Call(at, time, slow, large, isFailing, sequence));
                at = Next(Tools[at].Followers);
            }

            time = end;
        }
    }

    private WatchedCall Call(int at, DateTimeOffset time, double slow, double large, bool[] isFailing, int sequence)
    {
        var tool = Tools[at];

        // The load of the machine changes within an hour or so.
        _load = (0.995 * _load) + (0.03 * Normal());
        var latency = tool.Latency * slow * Math.Exp(_load + (tool.Spread * Normal()));
        if (_random.NextDouble() < tool.Stalls)
            latency *= 3 * Math.Pow(1 - _random.NextDouble(), -1 / 2.0);
        var size = tool.Size * large * Math.Exp(tool.SizeSpread * Normal());

        // One failure in three is followed by another one.
        isFailing[at] = _random.NextDouble() < (isFailing[at] ? Math.Max(tool.Failing, 1 / 3.0) : tool.Failing * 2 / 3);
        var took = TimeSpan.FromSeconds(Math.Min(latency, 300));
        return new WatchedCall(tool.Name, time - took, time, took, (long)Math.Min(size, 1e8) + 60, isFailing[at], sequence);
    }

    private int Next(double[] weights)
    {
        var left = _random.NextDouble() * weights.Sum();
        for (var at = 0; at < weights.Length; at++)
            if ((left -= weights[at]) < 0)
                return at;
        return weights.Length - 1;
    }

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
}
