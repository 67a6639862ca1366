using Kilometers.Analytics.Sketches;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Tests.Insights;

/// <summary>Figures as analytics counts them.</summary>
internal static class Sample
{
    public static readonly string Here = new('a', 64),
        There = new('b', 64);

    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    /// <summary>The beginning of an hour, so many hours from now.</summary>
    public static DateTimeOffset Time(int hours) =>
        new(Now.UtcTicks / TimeSpan.TicksPerHour * TimeSpan.TicksPerHour + hours * TimeSpan.TicksPerHour, TimeSpan.Zero);

    public static InsightBatch Batch(params InsightHour[] hours) =>
        new()
        {
            Version = InsightBatch.CurrentVersion,
            Installation = Here,
            Hours = hours,
        };

    public static InsightHour Hour(int hours, params InsightFigures[] figures) => new() { Hour = Time(hours), Figures = figures };

    /// <summary>Calls of a tool that took so many seconds each; all failed for their arguments.</summary>
    public static InsightFigures Figures(string server, string tool, params double[] seconds) =>
        new()
        {
            Server = server,
            Client = "client",
            Direction = InsightDirection.In,
            Method = "tools/call",
            Name = tool,
            Calls = seconds.Length,
            Errors = new() { Schema = seconds.Length },
            Latency = Histogram(seconds),
            RequestSize = Histogram(seconds),
        };

    public static InsightAlarm Alarm(int hours) =>
        new()
        {
            Kind = "slower",
            Server = "a",
            Tool = "one",
            Session = "0198-session",
            Time = Time(hours).AddMinutes(5),
            Since = Time(hours).AddMinutes(1),
            Value = 1.5,
            Usual = 0.1,
            Calls = 12,
            Hours = 300,
        };

    private static InsightHistogram Histogram(double[] values)
    {
        var histogram = new ExponentialHistogram();
        foreach (var value in values)
            histogram.Add(value);
        return new()
        {
            Scale = histogram.Scale,
            ZeroCount = histogram.ZeroCount,
            Sum = histogram.Sum,
            Min = histogram.Min,
            Max = histogram.Max,
            Offset = histogram.Offset,
            BucketCounts = [.. histogram.Buckets],
        };
    }
}
