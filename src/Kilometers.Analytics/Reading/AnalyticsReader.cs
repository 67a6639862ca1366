using System.Text;
using Kilometers.Analytics.Sketches;
using Kilometers.Analytics.Storage;
using Kilometers.Sqlite;

namespace Kilometers.Analytics.Reading;

/// <summary>Reads the file of figures, while the plugin may write to it.</summary>
public sealed class AnalyticsReader : IDisposable
{
    private const string SessionColumns =
        "s.id, s.key, s.server, s.client, s.client_version, s.protocol, s.transport, s.started, s.last_seen, s.ended, s.exit_code, s.startup,"
        + " s.unmatched, s.missed, s.last_sequence";

    private const int FirstOfHour = 15;

    private readonly AnalyticsDatabase _database;

    private AnalyticsReader(AnalyticsDatabase database) => _database = database;

    /// <summary>Opens the file of a folder.</summary>
    /// <exception cref="AnalyticsException">There is none, or it cannot be used.</exception>
    public static AnalyticsReader Open(string folder) => new(AnalyticsDatabase.OpenToRead(Path.Combine(folder, AnalyticsFile.Name)));

    /// <summary>All sessions, the newest first.</summary>
    /// <exception cref="AnalyticsException">The file cannot be read.</exception>
    public IReadOnlyList<CollectedSession> Sessions(long limit = long.MaxValue)
    {
        using var rows = _database.Prepare($"SELECT {SessionColumns} FROM sessions s ORDER BY s.started DESC, s.id DESC LIMIT ?");
        rows.Bind(0, limit);
        var sessions = new List<CollectedSession>();
        while (rows.Step())
            sessions.Add(Session(rows));
        return sessions;
    }

    /// <summary>A session by km's own id; null: there are no figures of it.</summary>
    /// <exception cref="AnalyticsException">The file cannot be read.</exception>
    public CollectedSession? SessionOf(string key)
    {
        using var rows = _database.Prepare($"SELECT {SessionColumns} FROM sessions s WHERE s.key = ?");
        rows.BindText(0, Encoding.UTF8.GetBytes(key));
        return rows.Step() ? Session(rows) : null;
    }

    /// <summary>Makes a report.</summary>
    /// <exception cref="AnalyticsException">The file cannot be read.</exception>
    public Report Report(ReportScope scope)
    {
        ArgumentNullException.ThrowIfNull(scope);
        var sums = new ReportSums();
        ForEach(scope, sums.Add);
        return sums.Sum(scope, SessionsOf(scope), Offered) with { Anomalies = Anomalies(scope) };
    }

    /// <summary>Figures by the hour, all sessions of a server and a client together; in no order.</summary>
    /// <exception cref="AnalyticsException">The file cannot be read.</exception>
    public IReadOnlyList<HourlyFigures> Hourly(DateTimeOffset since)
    {
        var sums = new Dictionary<(HourKey, string, string), CallFigures>();
        ForEach(new ReportScope { Since = since }, (session, key, figures) =>
        {
            var part = (key, session.Facts.Server, session.Facts.Client);
            if (!sums.TryGetValue(part, out var sum))
                sums[part] = sum = new();
            sum.Add(figures);
        });
        return [.. sums.Select(pair => new HourlyFigures(pair.Key.Item1, pair.Key.Item2, pair.Key.Item3, pair.Value))];
    }

    /// <inheritdoc/>
    public void Dispose() => _database.Dispose();

    private void ForEach(ReportScope scope, Action<CollectedSession, HourKey, CallFigures> take)
    {
        var since = scope.Since is { } time ? HourKey.HourOf(time) : 0;
        using var rows = _database.Prepare(
            $"SELECT {SessionColumns}, h.hour, h.direction, h.method, h.name, {Schema.Counts}, {Schema.Histograms}"
                + " FROM call_hours h JOIN sessions s ON s.id = h.session_id"
                + " WHERE h.hour >= ?1 AND (?2 IS NULL OR s.server = ?2) AND (?3 IS NULL OR s.id = ?3)"
        );
        rows.Bind(0, since);
        BindScope(rows, scope);
        var known = new Dictionary<long, CollectedSession>();
        while (rows.Step())
        {
            if (!known.TryGetValue(rows.Number(0), out var session))
                known[rows.Number(0)] = session = Session(rows);
            var key = new HourKey(
                rows.Number(FirstOfHour),
                rows.Number(FirstOfHour + 1) == 2,
                rows.Text(FirstOfHour + 2) ?? "",
                rows.Text(FirstOfHour + 3) ?? ""
            );
            take(session, key, Figures(rows, FirstOfHour + 4));
        }
    }

    /// <summary>The sessions of a scope, those without calls too: a server that does not even start has none.</summary>
    private List<CollectedSession> SessionsOf(ReportScope scope)
    {
        using var rows = _database.Prepare(
            $"SELECT {SessionColumns} FROM sessions s WHERE s.last_seen >= ?1 AND (?2 IS NULL OR s.server = ?2) AND (?3 IS NULL OR s.id = ?3)"
        );
        rows.Bind(0, scope.Since is { } time ? AnalyticsDatabase.Time(time) : 0);
        BindScope(rows, scope);
        var sessions = new List<CollectedSession>();
        while (rows.Step())
            sessions.Add(Session(rows));
        return sessions;
    }

    /// <summary>What was unusual, the newest first. Of a session, what was found in it.</summary>
    /// <exception cref="AnalyticsException">The file cannot be read.</exception>
    public IReadOnlyList<Anomaly> Anomalies(ReportScope scope)
    {
        ArgumentNullException.ThrowIfNull(scope);
        var anomalies = new List<Anomaly>();
        if (!Schema.HasAnomalies(_database))
            return anomalies;
        using var rows = _database.Prepare(
            "SELECT s.key, a.sequence, a.time, a.since, a.kind, a.server, a.tool, a.previous, a.value, a.usual, a.usual_limit, a.calls, a.known, a.hours"
                + " FROM anomalies a LEFT JOIN sessions s ON s.id = a.session_id"
                + " WHERE a.time >= ?1 AND (?2 IS NULL OR a.server = ?2) AND (?3 IS NULL OR a.session_id = ?3) ORDER BY a.time DESC, a.id DESC LIMIT 10000"
        );
        rows.Bind(0, scope.Since is { } time ? AnalyticsDatabase.Time(HourKey.TimeOf(HourKey.HourOf(time))) : 0);
        BindScope(rows, scope);
        while (rows.Step())
            if (AnomalyNames.Find(rows.Text(4)) is { } kind)
                anomalies.Add(
                    new Anomaly
                    {
                        Session = rows.Text(0) ?? "",
                        Sequence = rows.Number(1),
                        Time = AnalyticsDatabase.Time(rows.Number(2)),
                        Since = AnalyticsDatabase.Time(rows.Number(3)),
                        Kind = kind,
                        Server = rows.Text(5) ?? "",
                        Tool = rows.Text(6) ?? "",
                        Previous = rows.Text(7) ?? "",
                        Value = Real(rows, 8),
                        Usual = Real(rows, 9),
                        Limit = Real(rows, 10),
                        Calls = Count(rows, 11),
                        Known = Count(rows, 12),
                        Hours = Real(rows, 13),
                    }
                );
        return anomalies;
    }

    private static void BindScope(Statement rows, ReportScope scope)
    {
        if (scope.Server is { } server)
            rows.BindText(1, Encoding.UTF8.GetBytes(server));
        if (scope.Session is { } session)
            rows.Bind(2, session.Row);
    }

    /// <summary>The tools that the newest session that listed any got.</summary>
    private List<OfferedTool> Offered(string server)
    {
        using var rows = _database.Prepare(
            "SELECT name, bytes FROM tools WHERE server = ?1 AND session_id = (SELECT max(session_id) FROM tools WHERE server = ?1) ORDER BY name"
        );
        rows.BindText(0, Encoding.UTF8.GetBytes(server));
        var tools = new List<OfferedTool>();
        while (rows.Step())
            tools.Add(new OfferedTool(rows.Text(0) ?? "", Math.Max(0, rows.Number(1))));
        return tools;
    }

    private static CallFigures Figures(Statement row, int at)
    {
        var figures = new CallFigures
        {
            Calls = Count(row, at++),
            Cancelled = Count(row, at++),
            Continued = Count(row, at++),
            Duplicates = Count(row, at++),
            Retries = Count(row, at++),
            Progress = Count(row, at++),
        };
        for (var kind = 0; kind < CallFigures.Kinds; kind++)
            figures.AddErrors((ErrorKind)kind, Count(row, at++));
        figures.Latency.Merge(Histogram(row, at++));
        figures.RequestSize.Merge(Histogram(row, at++));
        figures.ResponseSize.Merge(Histogram(row, at));
        return figures;
    }

    /// <summary>More is not believed: then sums cannot overflow.</summary>
    private static long Count(Statement row, int column) => Math.Clamp(row.Number(column), 0, 1L << 40);

    private static double Real(Statement row, int column) =>
        row.Real(column) is var value && double.IsFinite(value) ? Math.Clamp(value, 0, 1e15) : 0;

    private static ExponentialHistogram Histogram(Statement row, int column) =>
        HistogramBytes.Read(row.Bytes(column)) ?? throw new AnalyticsException(SqliteFault.Damaged, "A histogram is damaged");

    private static CollectedSession Session(Statement row) =>
        new(
            row.Number(0),
            new SessionFacts
            {
                Key = row.Text(1) ?? "",
                Server = row.Text(2) ?? "",
                Client = row.Text(3) ?? "",
                ClientVersion = row.Text(4) ?? "",
                Protocol = row.Text(5) ?? "",
                Transport = row.Text(6) ?? "",
                Started = AnalyticsDatabase.Time(row.Number(7)),
                LastSeen = AnalyticsDatabase.Time(row.Number(8)),
                Ended = row.NumberOrNull(9) is { } ended ? AnalyticsDatabase.Time(ended) : null,
                ExitCode = row.NumberOrNull(10),
                Startup = row.NumberOrNull(11) is { } startup ? TimeSpan.FromMicroseconds(Math.Clamp(startup, 0, 1L << 50)) : null,
                Unmatched = Math.Clamp(row.Number(12), 0, 1L << 40),
                Missed = Math.Clamp(row.Number(13), 0, 1L << 40),
                LastSequence = row.Number(14),
            }
        );
}
