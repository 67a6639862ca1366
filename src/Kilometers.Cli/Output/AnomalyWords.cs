using System.Globalization;
using Kilometers.Analytics;

namespace Kilometers.Cli.Output;

/// <summary>What was unusual, in sentences with its figures (docs/plugins/analytics.md, "Alarms").</summary>
internal static class AnomalyWords
{
    /// <summary>What it is of, and what it is.</summary>
    public static string Full(Anomaly anomaly)
    {
        ArgumentNullException.ThrowIfNull(anomaly);
        var of = anomaly.Kind is AnomalyKind.CallMix or AnomalyKind.CallOrder ? anomaly.Server : $"{anomaly.Server}/{anomaly.Tool}";
        return $"{of}: {Short(anomaly)}";
    }

    /// <summary>What it is.</summary>
    public static string Short(Anomaly anomaly)
    {
        ArgumentNullException.ThrowIfNull(anomaly);
        var (value, usual, limit) = (
            Amount(anomaly.Kind, anomaly.Value),
            Amount(anomaly.Kind, anomaly.Usual),
            Amount(anomaly.Kind, anomaly.Limit)
        );
        var since = $"{Units.Many(anomaly.Calls, "call")} since {Units.Time(anomaly.Since)}";
        var others = $"usually {usual}, and 99 % of {anomaly.Known} others at most {limit}";
        var what = anomaly.Kind switch
        {
            AnomalyKind.SlowCall => $"a call took {value}; {others}",
            AnomalyKind.LargeAnswer => $"an answer had {value}; {others}",
            AnomalyKind.Slower => $"slower, {value} in the middle of {since}; usually {usual}",
            AnomalyKind.Larger => $"larger answers, {value} in the middle of {since}; usually {usual}",
            AnomalyKind.Failing => $"{value} of {since} failed; usually {usual}",
            AnomalyKind.CallMix => $"{value} of {since} were {anomaly.Tool}; usually {usual}",
            _ => $"another order of {since}: after {anomaly.Previous} came {anomaly.Tool} in {value}; usually in {usual}",
        };
        return what + string.Create(CultureInfo.InvariantCulture, $". By chance once in {Rounded(anomaly.Hours):0} h of sessions");
    }

    /// <summary>The unit of its values.</summary>
    public static string Unit(AnomalyKind kind) =>
        kind switch
        {
            AnomalyKind.SlowCall or AnomalyKind.Slower => "seconds",
            AnomalyKind.LargeAnswer or AnomalyKind.Larger => "bytes",
            _ => "part",
        };

    private static string Amount(AnomalyKind kind, double value) =>
        Unit(kind) switch
        {
            "seconds" => Units.Milliseconds(value * 1000),
            "bytes" => Units.Bytes((long)Math.Min(value, 1e15)),
            _ => Units.Percent(value * 100),
        };

    /// <summary>Two digits: more are not known.</summary>
    private static double Rounded(double hours)
    {
        if (hours < 1)
            return 1;
        var unit = Math.Pow(10, Math.Max(0, Math.Floor(Math.Log10(hours)) - 1));
        return Math.Round(hours / unit) * unit;
    }
}
