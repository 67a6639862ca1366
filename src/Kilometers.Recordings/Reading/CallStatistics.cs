using System.Globalization;
using Kilometers.Recordings.Storage;

namespace Kilometers.Recordings.Reading;

/// <summary>What calls are counted by.</summary>
public enum StatisticsKey
{
    /// <summary>Tools, of <c>tools/call</c> only.</summary>
    Tool,

    /// <summary>Methods.</summary>
    Method,

    /// <summary>Servers, by their label.</summary>
    Server,

    /// <summary>Clients, by their name.</summary>
    Client,

    /// <summary>Days, UTC.</summary>
    Day,
}

/// <summary>The figures of one tool, method, server, client or day. Percentiles are exact: a latency that was measured.</summary>
public sealed record CallFigures
{
    /// <summary>Which.</summary>
    public required string Key { get; init; }

    /// <summary>Calls.</summary>
    public required long Calls { get; init; }

    /// <summary>Those that were answered with an error.</summary>
    public required long Errors { get; init; }

    /// <summary>Half of the answers took no longer; null: there was no answer.</summary>
    public TimeSpan? P50 { get; init; }

    /// <summary>95 % of the answers took no longer.</summary>
    public TimeSpan? P95 { get; init; }

    /// <summary>99 % of the answers took no longer.</summary>
    public TimeSpan? P99 { get; init; }

    /// <summary>The longest that an answer took.</summary>
    public TimeSpan? Max { get; init; }

    /// <summary>The call that took longest.</summary>
    public long? SlowestCall { get; init; }

    /// <summary>Bytes of requests.</summary>
    public required long RequestBytes { get; init; }

    /// <summary>Bytes of responses.</summary>
    public required long ResponseBytes { get; init; }

    /// <summary>Tokens of requests, as far as they were counted.</summary>
    public required long RequestTokens { get; init; }

    /// <summary>Tokens of responses, as far as they were counted.</summary>
    public required long ResponseTokens { get; init; }
}

/// <summary>Counts calls.</summary>
public static class CallStatistics
{
    private const long MicrosecondsPerDay = 86_400_000_000;

    /// <summary>The figures, by calls, the most first; of days, the newest first.</summary>
    /// <param name="reader">The file.</param>
    /// <param name="by">What is counted by.</param>
    /// <param name="filter">Which calls; texts are not looked at.</param>
    public static IReadOnlyList<CallFigures> Of(RecordingReader reader, StatisticsKey by, CallFilter filter)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(filter);
        var groups = new Groups(by, by is StatisticsKey.Server or StatisticsKey.Client ? reader.Sessions() : []);
        CallSums.Read(reader, by == StatisticsKey.Tool ? filter with { Method = "tools/call" } : filter, mayBeHours: true, groups);
        return by == StatisticsKey.Day
            ? [.. groups.Figures.OrderByDescending(one => one.Key, StringComparer.Ordinal)]
            : [.. groups.Figures.OrderByDescending(one => one.Calls).ThenBy(one => one.Key, StringComparer.Ordinal)];
    }

    private static string Day(long day) => FileTime.Time(day * MicrosecondsPerDay).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private sealed class Groups(StatisticsKey by, IReadOnlyList<RecordedSession> sessions) : ICallSumSink
    {
        private readonly Dictionary<string, Group> _groups = new(StringComparer.Ordinal);
        private readonly Dictionary<long, string> _days = [];
        private readonly Dictionary<long, string> _names = sessions.ToDictionary(
            session => session.Row,
            session => (by == StatisticsKey.Server ? session.Server : session.Client) ?? ""
        );

        public IEnumerable<CallFigures> Figures => _groups.Select(group => group.Value.ToFigures(group.Key));

        public void Add(in CallSum sum)
        {
            var key = by switch
            {
                StatisticsKey.Tool => sum.Name,
                StatisticsKey.Method => sum.Method,
                StatisticsKey.Day => DayOf(sum.Started / MicrosecondsPerDay),
                _ => _names.GetValueOrDefault(sum.Session) ?? "",
            };
            if (!_groups.TryGetValue(key, out var group))
                _groups[key] = group = new Group();
            group.Add(sum);
        }

        private string DayOf(long day) => _days.TryGetValue(day, out var name) ? name : _days[day] = Day(day);
    }

    private sealed class Group
    {
        private readonly List<long> _latencies = [];
        private long _calls;
        private long _errors;
        private long _requestBytes;
        private long _responseBytes;
        private long _requestTokens;
        private long _responseTokens;
        private long _max = -1;
        private long? _slowest;

        public void Add(in CallSum sum)
        {
            _calls += sum.Calls;
            _errors += sum.Errors;
            _requestBytes += sum.RequestBytes;
            _responseBytes += sum.ResponseBytes;
            _requestTokens += sum.RequestTokens;
            _responseTokens += sum.ResponseTokens;
            sum.AddLatenciesTo(_latencies);
            if (sum.Slowest is not { } latency || latency <= _max)
                return;
            _max = latency;
            _slowest = sum.SlowestCall;
        }

        public CallFigures ToFigures(string key)
        {
            _latencies.Sort();
            return new CallFigures
            {
                Key = key,
                Calls = _calls,
                Errors = _errors,
                P50 = NearestRank.Of(_latencies, 0.50),
                P95 = NearestRank.Of(_latencies, 0.95),
                P99 = NearestRank.Of(_latencies, 0.99),
                Max = NearestRank.Of(_latencies, 1),
                SlowestCall = _slowest,
                RequestBytes = _requestBytes,
                ResponseBytes = _responseBytes,
                RequestTokens = _requestTokens,
                ResponseTokens = _responseTokens,
            };
        }
    }
}
