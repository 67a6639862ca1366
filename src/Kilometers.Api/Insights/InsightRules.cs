using Kilometers.Analytics;
using Kilometers.Analytics.Sketches;
using Kilometers.Api.Storage;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Insights;

/// <summary>An hour that can be stored.</summary>
/// <param name="Hour">Counted from 1970-01-01 UTC.</param>
/// <param name="Figures">Its figures.</param>
/// <param name="Alarms">What was unusual.</param>
internal sealed record CheckedHour(long Hour, IReadOnlyList<InsightRow> Figures, IReadOnlyList<InsightAlarmRow> Alarms);

/// <summary>Makes rows of a batch. A batch that breaks a rule anywhere is refused as a whole: what counts figures does not make such ones.</summary>
/// <param name="customerId">Whose batch it is.</param>
/// <param name="batch">The batch.</param>
/// <param name="newest">The last hour that may be.</param>
internal sealed class InsightRules(string customerId, InsightBatch batch, long newest)
{
    private const int DigestLength = 64;

    /// <exception cref="KmException"><c>API_REQ_001</c>: it breaks a rule, which the error names.</exception>
    public IReadOnlyList<CheckedHour> Check()
    {
        Require(
            batch.Version == InsightBatch.CurrentVersion,
            $"version is {batch.Version}; this API understands {InsightBatch.CurrentVersion}"
        );
        Require(
            batch.Installation.Length == DigestLength && batch.Installation.All(char.IsAsciiHexDigitLower),
            $"installation is {DigestLength} lower-case hexadecimal digits"
        );
        Require(batch.Hours.Count is > 0 and <= InsightLimits.Hours, $"hours has 1 to {InsightLimits.Hours} elements");
        var hours = new List<CheckedHour>(batch.Hours.Count);
        var seen = new HashSet<long>();
        foreach (var hour in batch.Hours)
        {
            Require(hour is not null, "an element of hours is null");
            hours.Add(Check(hour!));
            Require(seen.Add(hours[^1].Hour), $"hour {hour!.Hour:O} is there twice");
            Require(hours.Sum(one => one.Figures.Count) <= InsightLimits.Figures, $"a batch has at most {InsightLimits.Figures} figures");
            Require(hours.Sum(one => one.Alarms.Count) <= InsightLimits.Alarms, $"a batch has at most {InsightLimits.Alarms} alarms");
        }

        return hours;
    }

    private CheckedHour Check(InsightHour hour)
    {
        Require(hour.Hour.UtcTicks % TimeSpan.TicksPerHour == 0, "hour is not a whole hour");
        var number = HourKey.HourOf(hour.Hour);
        Require(number >= 0 && number <= newest, $"hour {hour.Hour:O} is not one that has begun");
        var keys = new HashSet<(string, string, string, string, string)>();
        foreach (var one in hour.Figures)
        {
            Require(one is not null, "an element of figures is null");
            Require(
                keys.Add((one!.Server, one.Client, one.Direction, one.Method, one.Name)),
                "the same server, client, direction, method and name are there twice in one hour"
            );
        }

        return new(
            number,
            [.. hour.Figures.Select(one => Row(number, one))],
            [.. (hour.Alarms ?? []).Select((alarm, at) => Row(number, at, alarm))]
        );
    }

    private InsightRow Row(long hour, InsightFigures one)
    {
        Require(one.Direction is InsightDirection.In or InsightDirection.Out, "direction is in or out");
        var errors = one.Errors ?? new();
        return new()
        {
            CustomerId = customerId,
            Hour = hour,
            Installation = batch.Installation,
            Server = Name("server", one.Server),
            Client = Name("client", one.Client),
            IsFromServer = one.Direction == InsightDirection.Out,
            Method = Name("method", one.Method),
            Name = Name("name", one.Name),
            Calls = Count("calls", one.Calls),
            Cancelled = Count("cancelled", one.Cancelled),
            Continued = Count("continued", one.Continued),
            Repeated = Count("repeated", one.Repeated),
            Retried = Count("retried", one.Retried),
            Progress = Count("progress", one.Progress),
            ProtocolErrors = Count("protocol", errors.Protocol),
            SchemaErrors = Count("schema", errors.Schema),
            ToolErrors = Count("tool", errors.Tool),
            TimeoutErrors = Count("timeout", errors.Timeout),
            AuthErrors = Count("auth", errors.Auth),
            QuotaErrors = Count("quota", errors.Quota),
            TransportErrors = Count("transport", errors.Transport),
            Latency = Histogram("latency", one.Latency),
            RequestSize = Histogram("requestSize", one.RequestSize),
            ResponseSize = Histogram("responseSize", one.ResponseSize),
        };
    }

    private InsightAlarmRow Row(long hour, int number, InsightAlarm? alarm)
    {
        Require(alarm is not null, "an element of alarms is null");
        Require(HourKey.HourOf(alarm!.Time) == hour, "the time of an alarm is not in its hour");
        return new()
        {
            CustomerId = customerId,
            Hour = hour,
            Installation = batch.Installation,
            Number = number,
            Kind = Name("kind", alarm.Kind),
            Server = Name("server", alarm.Server),
            Tool = Name("tool", alarm.Tool),
            Previous = alarm.Previous is { } previous ? Name("previous", previous) : null,
            Session = alarm.Session is { } session ? Name("session", session) : null,
            Time = alarm.Time.ToUnixTimeMilliseconds(),
            Since = alarm.Since.ToUnixTimeMilliseconds(),
            Value = Real("value", alarm.Value),
            Usual = Real("usual", alarm.Usual),
            Limit = alarm.Limit is { } limit ? Real("limit", limit) : null,
            Calls = Count("calls", alarm.Calls),
            Hours = Real("hours", alarm.Hours),
        };
    }

    /// <summary>PostgreSQL takes no NUL. Half of a surrogate pair does not get here: JSON's reader refuses it.</summary>
    private static string Name(string member, string text)
    {
        Require(text.Length <= InsightLimits.Name, $"{member} has more than {InsightLimits.Name} characters");
        Require(!text.Contains('\0', StringComparison.Ordinal), $"{member} has a NUL character");
        return text;
    }

    private static long Count(string member, long count)
    {
        Require(count is >= 0 and <= InsightLimits.Count, $"{member} is not a number from 0 to {InsightLimits.Count}");
        return count;
    }

    private static double Real(string member, double value)
    {
        Require(double.IsFinite(value) && value >= 0, $"{member} is not a number from 0 on");
        return value;
    }

    private static byte[] Histogram(string member, InsightHistogram? histogram)
    {
        if (histogram is null)
            return [];
        var restored = ExponentialHistogram.Restore(
            histogram.Scale,
            histogram.ZeroCount,
            histogram.Sum,
            histogram.Min,
            histogram.Max,
            histogram.Offset,
            histogram.BucketCounts
        );
        Require(
            restored is { Count: <= InsightLimits.Count, Sum: >= 0 },
            $"{member} is not an exponential histogram with 1 to {InsightLimits.Count} values in at most {ExponentialHistogram.MaxBuckets} buckets"
        );
        return HistogramBytes.Write(restored!);
    }

    private static void Require(bool isRight, string otherwise)
    {
        if (!isRight)
            throw new KmException(new KmError(ErrorCode.ApiRequestInvalid, "The batch is malformed", otherwise));
    }
}
