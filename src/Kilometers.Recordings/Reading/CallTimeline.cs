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
public static class CallTimeline
{
    /// <summary>More than 2 to the power of that many microseconds is more than an hour.</summary>
    public const int LatencyClassCount = 33;

    private const long MicrosecondsPerHour = 3_600_000_000;

    /// <summary>A time in equal parts. Texts of the filter are not looked at.</summary>
    /// <param name="reader">The file.</param>
    /// <param name="filter">Which calls.</param>
    /// <param name="from">When the first part begins.</param>
    /// <param name="to">When the last part ends.</param>
    /// <param name="parts">How many.</param>
    public static IReadOnlyList<TimelinePart> Parts(
        RecordingReader reader,
        CallFilter filter,
        DateTimeOffset from,
        DateTimeOffset to,
        int parts
    )
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(filter);
        var (start, width) = (FileTime.Of(from), Math.Max(1, (FileTime.Of(to) - FileTime.Of(from) + parts - 1) / parts));
        var latencies = Enumerable.Range(0, parts).Select(_ => new List<long>()).ToArray();
        var (calls, errors) = (new long[parts], new long[parts]);
        using var rows = Rows(reader, "started, latency, outcome = 'error'", filter);
        while (rows.Step())
        {
            var at = (rows.Number(0) - start) / width;
            if (rows.Number(0) < start || at >= parts)
                continue;
            calls[at]++;
            errors[at] += rows.Number(2);
            if (rows.NumberOrNull(1) is { } latency)
                latencies[at].Add(latency);
        }

        return
        [
            .. latencies.Select(
                (values, at) =>
                {
                    values.Sort();
                    return new TimelinePart(
                        FileTime.Time(start + (at * width)),
                        calls[at],
                        errors[at],
                        NearestRank.Of(values, 0.5),
                        NearestRank.Of(values, 0.95),
                        NearestRank.Of(values, 1)
                    );
                }
            ),
        ];
    }

    /// <summary>How the latencies of each tool are spread, the tools with the most calls first.</summary>
    public static IReadOnlyList<LatencyClasses> Classes(RecordingReader reader, CallFilter filter, int limit)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(filter);
        var tools = new Dictionary<string, long[]>(StringComparer.Ordinal);
        using var rows = Rows(reader, "CASE method WHEN 'tools/call' THEN coalesce(name, method) ELSE method END, latency", filter);
        while (rows.Step())
        {
            if (rows.NumberOrNull(1) is not { } latency)
                continue;
            var key = rows.Text(0) ?? "";
            if (!tools.TryGetValue(key, out var classes))
                tools[key] = classes = new long[LatencyClassCount];
            classes[Math.Min(64 - System.Numerics.BitOperations.LeadingZeroCount((ulong)Math.Max(0, latency)), LatencyClassCount - 1)]++;
        }

        return
        [
            .. tools
                .Select(tool => new LatencyClasses(tool.Key, tool.Value.Sum(), tool.Value))
                .OrderByDescending(tool => tool.Calls)
                .ThenBy(tool => tool.Key, StringComparer.Ordinal)
                .Take(limit),
        ];
    }

    /// <summary>Hours that had calls, in order.</summary>
    public static IReadOnlyList<CallHour> Hours(RecordingReader reader, CallFilter filter)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(filter);
        var (condition, bind) = filter.ToSql();
        using var rows = reader.Database.Prepare(
            $"SELECT started / {MicrosecondsPerHour}, count(*), sum(outcome IS 'error') FROM calls WHERE {condition} GROUP BY 1 ORDER BY 1"
        );
        bind(rows);
        var hours = new List<CallHour>();
        while (rows.Step())
            hours.Add(new CallHour(FileTime.Time(rows.Number(0) * MicrosecondsPerHour), rows.Number(1), rows.Number(2)));
        return hours;
    }

    private static Statement Rows(RecordingReader reader, string columns, CallFilter filter)
    {
        var (condition, bind) = filter.ToSql();
        var rows = reader.Database.Prepare($"SELECT {columns} FROM calls WHERE {condition}");
        bind(rows);
        return rows;
    }
}
