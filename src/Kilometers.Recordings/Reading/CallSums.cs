using Kilometers.Recordings.Storage;

namespace Kilometers.Recordings.Reading;

/// <summary>
/// Reads what there is to count: whole hours as they were summed up while they were recorded (<c>call_hours</c>), and the calls themselves
/// where there are no sums: at the ends of a time, of sessions whose sums are short, and for filters that sums cannot answer.
/// </summary>
internal static class CallSums
{
    private const string CallColumns = "session_id, started, method, name, latency, outcome = 'error', request_bytes, response_bytes, id";
    private const string TokenColumns = ", request_tokens, response_tokens";
    private const string NoTokenColumns = ", 0, 0";
    private const string HourColumns =
        "session_id, hour, method, name, calls, errors, request_bytes, response_bytes, slowest, slowest_call, latencies";

    /// <param name="reader">The file.</param>
    /// <param name="filter">Which calls; texts are not looked at.</param>
    /// <param name="mayBeHours">Whether an hour may come as one sum; else each call comes by itself.</param>
    /// <param name="sink">Takes them.</param>
    public static void Read(RecordingReader reader, CallFilter filter, bool mayBeHours, ICallSumSink sink)
    {
        var database = reader.Database;
        if (!mayBeHours || !database.HasHours || !filter.IsOfSums)
        {
            ReadCalls(database, filter, "1", sink);
            return;
        }

        // The time in whole hours, and what remains of it before and after.
        var (since, until) = (
            filter.Since is { } first ? FileTime.Of(first) : 0,
            filter.Until is { } last ? FileTime.Of(last) : long.MaxValue
        );
        var from = (since + HourKey.Microseconds - 1) / HourKey.Microseconds;
        var to = Math.Max(from, until / HourKey.Microseconds);
        var (summed, others) = Sessions(database, filter);
        ReadHours(database, filter, summed, from, to, sink);
        var (fromTime, toTime) = (from * HourKey.Microseconds, Math.Min(to, long.MaxValue / HourKey.Microseconds) * HourKey.Microseconds);
        ReadCallsOf(database, filter, others.Select(session => session.Row), "1", sink);
        ReadCallsOf(database, filter, Between(summed, since, fromTime), $"started < {fromTime}", sink);
        ReadCallsOf(database, filter, Between(summed, toTime, until), $"started >= {toTime}", sink);
    }

    private static IEnumerable<long> Between(List<Span> sessions, long from, long to) =>
        from >= to ? [] : sessions.Where(session => session.First < to && session.Last >= from).Select(session => session.Row);

    /// <summary>The sessions whose sums have all their calls, and the others.</summary>
    private static (List<Span> Summed, List<Span> Others) Sessions(Database database, CallFilter filter)
    {
        using var rows = filter.Sessions(
            database,
            "id, started, coalesce(ended, last_seen), calls = (SELECT sum(calls) FROM call_hours WHERE session_id = sessions.id)",
            "calls > 0",
            "id"
        );
        var (summed, others) = (new List<Span>(), new List<Span>());
        while (rows.Step())
            (rows.Number(3) == 1 ? summed : others).Add(new Span(rows.Number(0), rows.Number(1), rows.Number(2)));
        return (summed, others);
    }

    private static void ReadHours(Database database, CallFilter filter, List<Span> sessions, long from, long to, ICallSumSink sink)
    {
        if (sessions.Count == 0 || from >= to)
            return;
        var (condition, bind) = (filter with { Session = null, Server = null, Client = null, Since = null, Until = null }).ToSql();
        var all = string.Join(',', sessions.Select(session => session.Row));
        using var rows = database.Prepare(
            $"SELECT {HourColumns}{Tokens(database)} FROM call_hours WHERE {condition} AND session_id IN ({all}) AND hour >= {from} AND hour < {to}"
                + (filter.Name is null ? "" : " AND name <> ''")
        );
        bind(rows);
        var texts = new TextCache();
        while (rows.Step())
            sink.Add(
                new CallSum
                {
                    Session = rows.Number(0),
                    Started = rows.Number(1) * HourKey.Microseconds,
                    Method = texts.Text(rows.Bytes(2)),
                    Name = texts.Text(rows.Bytes(3)),
                    Calls = rows.Number(4),
                    Errors = rows.Number(5),
                    RequestBytes = rows.Number(6),
                    ResponseBytes = rows.Number(7),
                    RequestTokens = rows.Number(11),
                    ResponseTokens = rows.Number(12),
                    Slowest = rows.NumberOrNull(8),
                    SlowestCall = rows.NumberOrNull(9),
                    Latencies = new LatencyList(rows.Bytes(10)),
                }
            );
    }

    private static void ReadCallsOf(Database database, CallFilter filter, IEnumerable<long> sessions, string condition, ICallSumSink sink)
    {
        var all = string.Join(',', sessions);
        if (all.Length > 0)
            ReadCalls(database, filter, $"{condition} AND session_id IN ({all})", sink);
    }

    private static void ReadCalls(Database database, CallFilter filter, string condition, ICallSumSink sink)
    {
        var (filters, bind) = filter.ToSql();
        using var rows = database.Prepare($"SELECT {CallColumns}{Tokens(database)} FROM calls WHERE {filters} AND {condition}");
        bind(rows);
        var texts = new TextCache();
        while (rows.Step())
        {
            var latency = rows.NumberOrNull(4);
            sink.Add(
                new CallSum
                {
                    Session = rows.Number(0),
                    Started = rows.Number(1),
                    Method = texts.Text(rows.Bytes(2)),
                    Name = texts.Text(rows.Bytes(3)),
                    Calls = 1,
                    Errors = rows.Number(5),
                    RequestBytes = rows.Number(6),
                    ResponseBytes = rows.Number(7),
                    RequestTokens = rows.Number(9),
                    ResponseTokens = rows.Number(10),
                    Slowest = latency,
                    SlowestCall = latency is null ? null : rows.Number(8),
                    Latencies = default,
                }
            );
        }
    }

    private static string Tokens(Database database) => database.HasTokens ? TokenColumns : NoTokenColumns;

    /// <summary>A session, and when its first and its last item were recorded.</summary>
    private readonly record struct Span(long Row, long First, long Last);
}
