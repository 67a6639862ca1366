using System.Numerics;
using Kilometers.Recordings.Storage;

namespace Kilometers.Recordings.Reading;

/// <summary>The calls that began within one part of a time.</summary>
/// <param name="Start">When the part begins.</param>
/// <param name="Calls">Calls.</param>
/// <param name="Errors">Those that were answered with an error.</param>
/// <param name="P50">Half of the answers took no longer; null: there was no answer.</param>
/// <param name="P95">95 % of the answers took no longer.</param>
/// <param name="Max">The longest that an answer took.</param>
public sealed record TimelinePart(DateTimeOffset Start, long Calls, long Errors, TimeSpan? P50, TimeSpan? P95, TimeSpan? Max);

/// <summary>The latencies of one tool, counted in classes: class N holds those below 2 to the power of N microseconds.</summary>
/// <param name="Key">The tool, or the method where it is none.</param>
/// <param name="Calls">Answered calls.</param>
/// <param name="Classes">How many answers each class has.</param>
public sealed record LatencyClasses(string Key, long Calls, IReadOnlyList<long> Classes);

/// <summary>The calls of one hour.</summary>
/// <param name="Hour">When it begins.</param>
/// <param name="Calls">Calls.</param>
/// <param name="Errors">Those that were answered with an error.</param>
public sealed record CallHour(DateTimeOffset Hour, long Calls, long Errors);

/// <summary>Calls over time, for charts.</summary>
public sealed class CallTimeline
{
    /// <summary>More than 2 to the power of that many microseconds is more than an hour.</summary>
    public const int LatencyClassCount = 33;

    private CallTimeline(Collector collected, long width, int maxTools)
    {
        PartLength = FileTime.Span(width);
        Parts = collected.ToParts();
        Classes = collected.ToClasses(maxTools);
        Hours = collected.ToHours();
    }

    /// <summary>How long a part is.</summary>
    public TimeSpan PartLength { get; }

    /// <summary>The time in equal parts, all of them.</summary>
    public IReadOnlyList<TimelinePart> Parts { get; }

    /// <summary>How the latencies of each tool are spread, the tools with the most calls first.</summary>
    public IReadOnlyList<LatencyClasses> Classes { get; }

    /// <summary>Hours that had calls, in order.</summary>
    public IReadOnlyList<CallHour> Hours { get; }

    /// <summary>Reads the calls of a filter once. Texts of the filter are not looked at.</summary>
    /// <param name="reader">The file.</param>
    /// <param name="filter">Which calls.</param>
    /// <param name="from">When the first part begins; if parts are longer than an hour, they begin with whole hours.</param>
    /// <param name="to">When the last part ends.</param>
    /// <param name="maxParts">How many parts, at most.</param>
    /// <param name="maxTools">How many tools, at most.</param>
    public static CallTimeline Of(
        RecordingReader reader,
        CallFilter filter,
        DateTimeOffset from,
        DateTimeOffset to,
        int maxParts,
        int maxTools
    )
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(filter);
        var (start, end) = (FileTime.Of(from), FileTime.Of(to));
        var width = Math.Max(1, (end - start + maxParts - 1) / maxParts);
        var isOfHours = width > HourKey.Microseconds / 2;
        if (isOfHours)
        {
            start -= start % HourKey.Microseconds;
            var hours = (end - start + HourKey.Microseconds - 1) / HourKey.Microseconds;
            width = (hours + maxParts - 1) / maxParts * HourKey.Microseconds;
        }

        var parts = (int)Math.Clamp((end - start + width - 1) / width, 1, maxParts);
        var collector = new Collector(start, width, parts);
        CallSums.Read(reader, filter, isOfHours, collector);
        return new CallTimeline(collector, width, maxTools);
    }

    private sealed class Collector(long start, long width, int parts) : ICallSumSink
    {
        private readonly List<long>[] _latencies = [.. Enumerable.Range(0, parts).Select(_ => new List<long>())];
        private readonly long[] _calls = new long[parts];
        private readonly long[] _errors = new long[parts];
        private readonly Dictionary<string, long[]> _tools = new(StringComparer.Ordinal);
        private readonly SortedDictionary<long, (long Calls, long Errors)> _hours = [];
        private readonly List<long> _values = [];

        public void Add(in CallSum sum)
        {
            var (calls, errors) = _hours.GetValueOrDefault(sum.Started / HourKey.Microseconds);
            _hours[sum.Started / HourKey.Microseconds] = (calls + sum.Calls, errors + sum.Errors);
            _values.Clear();
            sum.AddLatenciesTo(_values);
            Classify(sum.Method == "tools/call" && sum.Name.Length > 0 ? sum.Name : sum.Method);
            if (sum.Started < start || (sum.Started - start) / width is var at && at >= parts)
                return;
            _calls[at] += sum.Calls;
            _errors[at] += sum.Errors;
            _latencies[at].AddRange(_values);
        }

        public IReadOnlyList<TimelinePart> ToParts() =>
            [
                .. _latencies.Select(
                    (values, at) =>
                    {
                        values.Sort();
                        return new TimelinePart(
                            FileTime.Time(start + (at * width)),
                            _calls[at],
                            _errors[at],
                            NearestRank.Of(values, 0.5),
                            NearestRank.Of(values, 0.95),
                            NearestRank.Of(values, 1)
                        );
                    }
                ),
            ];

        public IReadOnlyList<LatencyClasses> ToClasses(int limit) =>
            [
                .. _tools
                    .Select(tool => new LatencyClasses(tool.Key, tool.Value.Sum(), tool.Value))
                    .OrderByDescending(tool => tool.Calls)
                    .ThenBy(tool => tool.Key, StringComparer.Ordinal)
                    .Take(limit),
            ];

        public IReadOnlyList<CallHour> ToHours() =>
            [.. _hours.Select(hour => new CallHour(FileTime.Time(hour.Key * HourKey.Microseconds), hour.Value.Calls, hour.Value.Errors))];

        private void Classify(string key)
        {
            if (_values.Count == 0)
                return;
            if (!_tools.TryGetValue(key, out var classes))
                _tools[key] = classes = new long[LatencyClassCount];
            foreach (var latency in _values)
                classes[Math.Min(64 - BitOperations.LeadingZeroCount((ulong)Math.Max(0, latency)), LatencyClassCount - 1)]++;
        }
    }
}
