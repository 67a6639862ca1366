using System.Globalization;
using System.Text;
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
        var groups = by switch
        {
            StatisticsKey.Tool => ByText(reader, "name", filter with { Method = "tools/call" }),
            StatisticsKey.Method => ByText(reader, "method", filter),
            StatisticsKey.Day => ByNumber(reader, $"started / {MicrosecondsPerDay}", filter, Day),
            _ => ByNumber(reader, "session_id", filter, SessionNames(reader, by)),
        };
        var figures = groups.Select(group => group.Value.ToFigures(group.Key));
        return by == StatisticsKey.Day
            ? [.. figures.OrderByDescending(one => one.Key, StringComparer.Ordinal)]
            : [.. figures.OrderByDescending(one => one.Calls).ThenBy(one => one.Key, StringComparer.Ordinal)];
    }

    private static Dictionary<string, Group> ByText(RecordingReader reader, string column, CallFilter filter)
    {
        var groups = new Dictionary<string, Group>(StringComparer.Ordinal);
        var bySpan = groups.GetAlternateLookup<ReadOnlySpan<char>>();
        Span<char> name = stackalloc char[512];
        using var rows = Rows(reader, column, filter);
        while (rows.Step())
        {
            // One text object for each group, not for each row.
            var bytes = rows.Bytes(0);
            if (bytes.Length > name.Length)
                bytes = bytes[..name.Length];
            var key = name[..Encoding.UTF8.GetChars(bytes, name)];
            if (!bySpan.TryGetValue(key, out var group))
                bySpan[key] = group = new Group();
            group.Add(rows);
        }

        return groups;
    }

    private static Dictionary<string, Group> ByNumber(
        RecordingReader reader,
        string expression,
        CallFilter filter,
        Func<long, string> nameOf
    )
    {
        var groups = new Dictionary<string, Group>(StringComparer.Ordinal);
        var byNumber = new Dictionary<long, Group>();
        using var rows = Rows(reader, expression, filter);
        while (rows.Step())
        {
            var number = rows.Number(0);
            if (!byNumber.TryGetValue(number, out var group))
            {
                var name = nameOf(number);
                if (!groups.TryGetValue(name, out group))
                    groups[name] = group = new Group();
                byNumber[number] = group;
            }

            group.Add(rows);
        }

        return groups;
    }

    private static Statement Rows(RecordingReader reader, string key, CallFilter filter)
    {
        var (condition, bind) = filter.ToSql();
        var rows = reader.Database.Prepare(
            $"SELECT {key}, latency, outcome = 'error', request_bytes, response_bytes, id FROM calls WHERE {condition}"
        );
        bind(rows);
        return rows;
    }

    private static string Day(long day) => FileTime.Time(day * MicrosecondsPerDay).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static Func<long, string> SessionNames(RecordingReader reader, StatisticsKey by)
    {
        var names = reader
            .Sessions()
            .ToDictionary(session => session.Row, session => (by == StatisticsKey.Server ? session.Server : session.Client) ?? "");
        return session => names.GetValueOrDefault(session) ?? "";
    }

    private sealed class Group
    {
        private readonly List<long> _latencies = [];
        private long _calls;
        private long _errors;
        private long _requestBytes;
        private long _responseBytes;
        private long _max = -1;
        private long? _slowest;

        public void Add(Statement row)
        {
            _calls++;
            _errors += row.Number(2);
            _requestBytes += row.Number(3);
            _responseBytes += row.Number(4);
            if (row.NumberOrNull(1) is not { } latency)
                return;
            _latencies.Add(latency);
            if (latency <= _max)
                return;
            _max = latency;
            _slowest = row.Number(5);
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
            };
        }
    }
}
