using Kilometers.Analytics;
using Kilometers.Analytics.Reading;
using Kilometers.Analytics.Sketches;
using Kilometers.Analytics.Writing;
using Kilometers.Contracts.Api;

namespace Kilometers.Cli.Commands.Reports;

/// <summary>Figures as the API takes them: whole hours, the oldest first, in batches that it does not find too large.</summary>
internal static class FigureBatches
{
    /// <summary>Figures of a batch: some hundred kilobytes. An hour that has more is a batch of its own.</summary>
    public const int MaxFigures = 500;

    /// <summary>Hours of a batch.</summary>
    public const int MaxHours = 168;

    /// <summary>What the API takes of one hour. Beyond that, the calls of what is called least are one figure per direction.</summary>
    public const int MaxOfHour = 2_000;

    /// <param name="installation">Which installation of km.</param>
    /// <param name="figures">Figures, in any order.</param>
    /// <param name="anomalies">What was unusual, in any order.</param>
    public static IEnumerable<InsightBatch> Of(string installation, IEnumerable<HourlyFigures> figures, IEnumerable<Anomaly> anomalies)
    {
        var alarms = anomalies.ToLookup(anomaly => HourKey.HourOf(anomaly.Time));
        var byHour = figures.ToLookup(one => one.Key.Hour);
        var hours = new List<InsightHour>();
        var count = 0;
        foreach (var hour in byHour.Select(group => group.Key).Union(alarms.Select(group => group.Key)).Order())
        {
            var next = new InsightHour
            {
                Hour = HourKey.TimeOf(hour),
                Figures = Limited(byHour[hour]),
                Alarms = alarms.Contains(hour) ? [.. alarms[hour].Take(MaxOfHour).Select(Alarm)] : null,
            };
            var size = next.Figures.Count + (next.Alarms?.Count ?? 0);
            if (hours.Count > 0 && (count + size > MaxFigures || hours.Count == MaxHours))
            {
                yield return Batch(installation, hours);
                (hours, count) = ([], 0);
            }

            hours.Add(next);
            count += size;
        }

        if (hours.Count > 0)
            yield return Batch(installation, hours);
    }

    private static InsightBatch Batch(string installation, IReadOnlyList<InsightHour> hours) =>
        new()
        {
            Version = InsightBatch.CurrentVersion,
            Installation = installation,
            Hours = hours,
        };

    private static List<InsightFigures> Limited(IEnumerable<HourlyFigures> figures)
    {
        // The same order each time, so that the same hour is the same batch.
        var ordered = figures
            .OrderByDescending(one => one.Figures.Calls)
            .ThenBy(one => one.Server, StringComparer.Ordinal)
            .ThenBy(one => one.Client, StringComparer.Ordinal)
            .ThenBy(one => one.Key.IsFromServer)
            .ThenBy(one => one.Key.Method, StringComparer.Ordinal)
            .ThenBy(one => one.Key.Name, StringComparer.Ordinal)
            .ToList();
        if (ordered.Count <= MaxOfHour)
            return [.. ordered.Select(Figures)];
        const int Rest = 2;
        var rest = ordered
            .Skip(MaxOfHour - Rest)
            .GroupBy(one => one.Key.IsFromServer)
            .Select(group =>
            {
                var sum = new CallFigures();
                foreach (var one in group)
                    sum.Add(one.Figures);
                var key = new HourKey(group.First().Key.Hour, group.Key, SessionFigures.Others, "");
                return new HourlyFigures(key, SessionFigures.Others, SessionFigures.Others, sum);
            });
        return [.. ordered.Take(MaxOfHour - Rest).Concat(rest).Select(Figures)];
    }

    private static InsightFigures Figures(HourlyFigures one)
    {
        var figures = one.Figures;
        return new()
        {
            Server = one.Server,
            Client = one.Client,
            Direction = one.Key.IsFromServer ? InsightDirection.Out : InsightDirection.In,
            Method = one.Key.Method,
            Name = one.Key.Name,
            Calls = figures.Calls,
            Cancelled = figures.Cancelled,
            Continued = figures.Continued,
            Repeated = figures.Duplicates,
            Retried = figures.Retries,
            Progress = figures.Progress,
            Errors = figures.AllErrors == 0 ? null : InsightValues.Errors(figures),
            Latency = Histogram(figures.Latency),
            RequestSize = Histogram(figures.RequestSize),
            ResponseSize = Histogram(figures.ResponseSize),
        };
    }

    private static InsightHistogram? Histogram(ExponentialHistogram histogram) =>
        histogram.Count == 0 ? null : InsightValues.Histogram(histogram);

    private static InsightAlarm Alarm(Anomaly anomaly) =>
        new()
        {
            Kind = AnomalyNames.Of(anomaly.Kind),
            Server = anomaly.Server,
            Tool = anomaly.Tool,
            Previous = anomaly.Previous.Length > 0 ? anomaly.Previous : null,
            Session = anomaly.Session.Length > 0 ? anomaly.Session : null,
            Time = anomaly.Time,
            Since = anomaly.Since,
            Value = anomaly.Value,
            Usual = anomaly.Usual,
            Limit = anomaly.Limit > 0 ? anomaly.Limit : null,
            Calls = anomaly.Calls,
            Hours = anomaly.Hours,
        };
}
