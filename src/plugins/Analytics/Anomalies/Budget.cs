using Kilometers.Analytics;

namespace Kilometers.Plugins.Analytics.Anomalies;

/// <summary>
/// False alarms are a budget that time fills: a number per hour of sessions. Each test spends what came in since the last one of its signal, however
/// many tools are watched and however often they are called. As long as no test claims a smaller chance than the true one, there are at most as
/// many false alarms as the budget had, on average.
/// </summary>
internal sealed class Budget
{
    /// <summary>Between two calls of a session, more is not time of use.</summary>
    public static readonly TimeSpan MaxGap = TimeSpan.FromMinutes(5);

    private static readonly AnomalyKind[] Kinds = Enum.GetValues<AnomalyKind>();

    private readonly double[] _unspent = new double[Kinds.Length];
    private readonly double _perHour;

    /// <param name="perThousandHours">False alarms of all kinds per 1,000 hours of sessions.</param>
    public Budget(double perThousandHours) => _perHour = perThousandHours / 1000;

    /// <summary>The part of the budget of a kind. Lasting changes matter most to people.</summary>
    public static double Share(AnomalyKind kind) => kind is AnomalyKind.Slower or AnomalyKind.Failing ? 0.25 : 0.1;

    /// <summary>The time between two calls of a session has passed.</summary>
    public void Pass(TimeSpan time)
    {
        var hours = Math.Clamp(time.TotalHours, 0, MaxGap.TotalHours);
        foreach (var kind in Kinds)
            _unspent[(int)kind] += hours * _perHour * Share(kind);
    }

    /// <summary>Spends what a kind has: false alarms, on average.</summary>
    public double Take(AnomalyKind kind)
    {
        var taken = _unspent[(int)kind];
        _unspent[(int)kind] = 0;
        return taken;
    }

    /// <summary>After how many hours of sessions such a chance would come by itself.</summary>
    /// <param name="chance">The chance, by test.</param>
    /// <param name="spent">What the test spent.</param>
    /// <param name="kind">What was tested.</param>
    public double Hours(double chance, double spent, AnomalyKind kind) => spent / (_perHour * Share(kind)) / chance;
}
