using System.Text;
using Kilometers.Analytics.Sketches;
using Kilometers.Analytics.Storage;
using Kilometers.Sqlite;

namespace Kilometers.Analytics.Writing;

/// <summary>Writes sessions and their hours. Within a transaction of the caller's.</summary>
internal sealed class FigureStore(AnalyticsDatabase database) : IDisposable
{
    private const int FirstCount = 5;
    private static readonly string Marks = string.Concat(Enumerable.Repeat(", ?", Schema.CountOfCounts + 3));

    private readonly Statement _find = database.Prepare(
        "SELECT id, client, client_version, protocol, transport, exit_code, startup, unmatched, missed, last_sequence FROM sessions WHERE key = ?"
    );
    private readonly Statement _session = database.Prepare(
        "INSERT INTO sessions (key, server, client, client_version, protocol, transport, started, last_seen, ended, exit_code, startup, unmatched,"
            + " missed, last_sequence) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            + " ON CONFLICT (key) DO UPDATE SET client = excluded.client, client_version = excluded.client_version,"
            + " protocol = excluded.protocol, transport = excluded.transport, last_seen = excluded.last_seen, ended = excluded.ended,"
            + " exit_code = excluded.exit_code, startup = excluded.startup, unmatched = excluded.unmatched, missed = excluded.missed,"
            + " last_sequence = excluded.last_sequence RETURNING id"
    );
    private readonly Statement _insert = database.Prepare(
        $"INSERT INTO call_hours (session_id, hour, direction, method, name, {Schema.Counts}, {Schema.Histograms})"
            + $" VALUES (?, ?, ?, ?, ?{Marks})"
    );
    private readonly Statement _update = database.Prepare(
        $"UPDATE call_hours SET {string.Join(", ", $"{Schema.Counts}, {Schema.Histograms}".Split(", ").Select(column => column + " = ?"))}"
            + " WHERE id = ?"
    );
    private readonly Statement _tool = database.Prepare(
        "INSERT INTO tools (server, name, bytes, first_seen, last_seen, session_id) VALUES (?, ?, ?, ?5, ?5, ?4)"
            + " ON CONFLICT (server, name) DO UPDATE SET bytes = excluded.bytes, last_seen = excluded.last_seen, session_id = excluded.session_id"
    );

    private readonly Statement _anomaly = database.Prepare(
        "INSERT INTO anomalies (session_id, sequence, time, since, kind, server, tool, previous, value, usual, usual_limit, calls, known, hours)"
            + " VALUES ((SELECT id FROM sessions WHERE key = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    );
    private readonly Statement _learned = database.Prepare(
        "INSERT INTO learned (server, tool, updated, data) VALUES (?, ?, ?, ?)"
            + " ON CONFLICT (server, tool) DO UPDATE SET updated = excluded.updated, data = excluded.data"
    );

    /// <summary>What an earlier process wrote of a session; null: nothing.</summary>
    public SessionFacts? Find(SessionFacts facts)
    {
        _find.BindText(0, Encoding.UTF8.GetBytes(facts.Key));
        if (!_find.Step())
            return null;
        var found = facts with
        {
            Client = _find.Text(1) ?? "",
            ClientVersion = _find.Text(2) ?? "",
            Protocol = _find.Text(3) ?? "",
            Transport = _find.Text(4) ?? "",
            ExitCode = _find.NumberOrNull(5),
            Startup = _find.NumberOrNull(6) is { } startup ? TimeSpan.FromMicroseconds(startup) : null,
            Unmatched = _find.Number(7),
            Missed = _find.Number(8),
            LastSequence = _find.Number(9),
        };
        _find.Reset();
        return found;
    }

    /// <summary>Writes a change of a session.</summary>
    /// <param name="change">The change.</param>
    /// <param name="made">Gets the rows that are new, with their ids: they are theirs only when the transaction is.</param>
    public void Write(SessionChange change, List<(HourRow Row, long Id)> made)
    {
        var facts = change.Facts;
        var session = _session
            .BindText(0, Encoding.UTF8.GetBytes(facts.Key))
            .BindText(1, Encoding.UTF8.GetBytes(facts.Server))
            .Bind(2, facts.Client)
            .Bind(3, facts.ClientVersion)
            .Bind(4, facts.Protocol)
            .BindText(5, Encoding.UTF8.GetBytes(facts.Transport))
            .Bind(6, AnalyticsDatabase.Time(facts.Started))
            .Bind(7, AnalyticsDatabase.Time(facts.LastSeen))
            .Bind(8, facts.Ended is { } ended ? AnalyticsDatabase.Time(ended) : (long?)null)
            .Bind(9, facts.ExitCode)
            .Bind(10, facts.Startup is { } startup ? startup.Ticks / TimeSpan.TicksPerMicrosecond : (long?)null)
            .Bind(11, facts.Unmatched)
            .Bind(12, facts.Missed)
            .Bind(13, facts.LastSequence)
            .Value()
            ?? 0;
        foreach (var hour in change.Hours)
            Write(session, hour, made);
        foreach (var tool in change.Tools)
            _tool
                .BindText(0, Encoding.UTF8.GetBytes(facts.Server))
                .BindText(1, Encoding.UTF8.GetBytes(tool.Name))
                .Bind(2, tool.Bytes)
                .Bind(3, session)
                .Bind(4, AnalyticsDatabase.Time(facts.LastSeen))
                .Run();
    }

    /// <summary>Writes what was found. Its session is written already.</summary>
    public void Write(Anomaly anomaly) =>
        _anomaly
            .BindText(0, Encoding.UTF8.GetBytes(anomaly.Session))
            .Bind(1, anomaly.Sequence)
            .Bind(2, AnalyticsDatabase.Time(anomaly.Time))
            .Bind(3, AnalyticsDatabase.Time(anomaly.Since))
            .BindText(4, Encoding.UTF8.GetBytes(AnomalyNames.Of(anomaly.Kind)))
            .BindText(5, Encoding.UTF8.GetBytes(anomaly.Server))
            .BindText(6, Encoding.UTF8.GetBytes(anomaly.Tool))
            .BindText(7, Encoding.UTF8.GetBytes(anomaly.Previous))
            .Bind(8, anomaly.Value)
            .Bind(9, anomaly.Usual)
            .Bind(10, anomaly.Limit)
            .Bind(11, anomaly.Calls)
            .Bind(12, anomaly.Known)
            .Bind(13, anomaly.Hours)
            .Run();

    /// <summary>Writes what was learned.</summary>
    public void Write(LearnedState state, DateTimeOffset time) =>
        _learned
            .BindText(0, Encoding.UTF8.GetBytes(state.Server))
            .BindText(1, Encoding.UTF8.GetBytes(state.Tool))
            .Bind(2, AnalyticsDatabase.Time(time))
            .BindBytes(3, state.Data)
            .Run();

    public void Dispose()
    {
        foreach (var statement in (Statement[])[_find, _session, _insert, _update, _tool, _anomaly, _learned])
            statement.Dispose();
    }

    private void Write(long session, HourChange hour, List<(HourRow Row, long Id)> made)
    {
        // Where the row is not there any more, it was too old: it is not made again.
        if (hour.Row.Id > 0)
        {
            Bind(_update, 0, hour.Figures).BindLast(hour.Row.Id).Run();
            return;
        }

        _insert
            .Bind(0, session)
            .Bind(1, hour.Key.Hour)
            .Bind(2, hour.Key.IsFromServer ? 2 : 1)
            .BindText(3, Encoding.UTF8.GetBytes(hour.Key.Method))
            .BindText(4, Encoding.UTF8.GetBytes(hour.Key.Name));
        Bind(_insert, FirstCount, hour.Figures).Run();
        made.Add((hour.Row, database.LastRow));
    }

    private static Statement Bind(Statement statement, int at, CallFigures figures)
    {
        foreach (
            var count in (ReadOnlySpan<long>)
                [figures.Calls, figures.Cancelled, figures.Continued, figures.Duplicates, figures.Retries, figures.Progress]
        )
            statement.Bind(at++, count);
        for (var kind = 0; kind < CallFigures.Kinds; kind++)
            statement.Bind(at++, figures.Errors((ErrorKind)kind));
        foreach (var histogram in (ExponentialHistogram[])[figures.Latency, figures.RequestSize, figures.ResponseSize])
            statement.BindBytes(at++, HistogramBytes.Write(histogram));
        return statement;
    }
}
