using Kilometers.Analytics;
using Kilometers.Analytics.Sketches;
using Kilometers.Api.Storage;
using Kilometers.Cli.Commands.Reports;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Insights;

/// <summary>Figures as the database, sums and answers have them.</summary>
internal static class InsightShapes
{
    /// <summary>A row, to be added to others.</summary>
    public static CallFigures Sum(InsightRow row)
    {
        var figures = new CallFigures
        {
            Calls = row.Calls,
            Cancelled = row.Cancelled,
            Continued = row.Continued,
            Duplicates = row.Repeated,
            Retries = row.Retried,
            Progress = row.Progress,
        };
        figures.AddErrors(ErrorKind.Protocol, row.ProtocolErrors);
        figures.AddErrors(ErrorKind.Schema, row.SchemaErrors);
        figures.AddErrors(ErrorKind.Tool, row.ToolErrors);
        figures.AddErrors(ErrorKind.Timeout, row.TimeoutErrors);
        figures.AddErrors(ErrorKind.Auth, row.AuthErrors);
        figures.AddErrors(ErrorKind.Quota, row.QuotaErrors);
        figures.AddErrors(ErrorKind.Transport, row.TransportErrors);
        figures.Latency.Merge(Histogram(row.Latency));
        figures.RequestSize.Merge(Histogram(row.RequestSize));
        figures.ResponseSize.Merge(Histogram(row.ResponseSize));
        return figures;
    }

    /// <summary>A sum as an answer has it.</summary>
    public static InsightGroup Group(InsightKey key, CallFigures figures, bool withHistograms) =>
        new()
        {
            Server = key.Server,
            Tool = key.Tool,
            Direction = key.IsFromServer switch
            {
                null => null,
                true => InsightDirection.Out,
                false => InsightDirection.In,
            },
            Method = key.Method,
            Client = key.Client,
            Hour = key.Hour is { } hour ? HourKey.TimeOf(hour) : null,
            Installation = key.Installation,
            Calls = figures.Calls,
            Failed = figures.AllErrors,
            Cancelled = figures.Cancelled,
            Continued = figures.Continued,
            Repeated = figures.Duplicates,
            Retried = figures.Retries,
            Progress = figures.Progress,
            Errors = InsightValues.Errors(figures),
            Latency = Distribution(figures.Latency, withHistograms),
            RequestSize = Distribution(figures.RequestSize, withHistograms),
            ResponseSize = Distribution(figures.ResponseSize, withHistograms),
        };

    /// <summary>An alarm as an answer has it.</summary>
    public static InsightAlarm Alarm(InsightAlarmRow row) =>
        new()
        {
            Kind = row.Kind,
            Server = row.Server,
            Tool = row.Tool,
            Previous = row.Previous,
            Session = row.Session,
            Time = DateTimeOffset.FromUnixTimeMilliseconds(row.Time),
            Since = DateTimeOffset.FromUnixTimeMilliseconds(row.Since),
            Value = row.Value,
            Usual = row.Usual,
            Limit = row.Limit,
            Calls = row.Calls,
            Hours = row.Hours,
        };

    private static InsightDistribution? Distribution(ExponentialHistogram histogram, bool withHistogram) =>
        histogram.Count == 0
            ? null
            : new()
            {
                Count = histogram.Count,
                P50 = histogram.Quantile(0.5)!.Value,
                P95 = histogram.Quantile(0.95)!.Value,
                P99 = histogram.Quantile(0.99)!.Value,
                Max = histogram.Max,
                Histogram = withHistogram ? InsightValues.Histogram(histogram) : null,
            };

    /// <summary>What is in the database was checked before.</summary>
    private static ExponentialHistogram Histogram(byte[] bytes) =>
        HistogramBytes.Read(bytes) ?? throw new InvalidDataException("A stored histogram cannot be read");
}
