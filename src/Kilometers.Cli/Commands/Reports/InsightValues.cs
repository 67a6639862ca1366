using Kilometers.Analytics;
using Kilometers.Analytics.Sketches;
using Kilometers.Contracts.Api;

namespace Kilometers.Cli.Commands.Reports;

/// <summary>Figures as requests and answers have them. <c>km report --upload</c> and the API compile this same file.</summary>
internal static class InsightValues
{
    /// <summary>The failed calls by kind.</summary>
    public static InsightErrors Errors(CallFigures figures) =>
        new()
        {
            Protocol = figures.Errors(ErrorKind.Protocol),
            Schema = figures.Errors(ErrorKind.Schema),
            Tool = figures.Errors(ErrorKind.Tool),
            Timeout = figures.Errors(ErrorKind.Timeout),
            Auth = figures.Errors(ErrorKind.Auth),
            Quota = figures.Errors(ErrorKind.Quota),
            Transport = figures.Errors(ErrorKind.Transport),
        };

    /// <summary>A histogram, unchanged. It has values.</summary>
    public static InsightHistogram Histogram(ExponentialHistogram histogram) =>
        new()
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
