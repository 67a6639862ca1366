using System.Text;
using Kilometers.Sqlite;

namespace Kilometers.Recordings.Storage;

/// <summary>The rows that sum up a session's calls, as far as they may still change.</summary>
internal sealed class SessionHours
{
    public Dictionary<HourKey, HourRow> Rows { get; } = [];

    /// <summary>The newest hour of which there is a row.</summary>
    public long Newest { get; set; }

    /// <summary>Whether the sums cannot be right any more: readers count the session's calls themselves.</summary>
    public bool IsGivenUp { get; set; }

    public void Clear()
    {
        Rows.Clear();
        IsGivenUp = false;
    }
}

/// <summary>
/// The rows of <c>call_hours</c>. They are sums: several rows of the same key add up. A session's rows are right if they have as many calls as
/// <c>sessions.calls</c>; a version of km that does not know this table leaves them short.
/// </summary>
internal sealed class HourStore(SqliteDatabase database) : IDisposable
{
    private const int MaxRows = 1024;

    private readonly Statement _insert = database.Prepare(
        "INSERT INTO call_hours (session_id, hour, direction, method, name, calls, errors, request_bytes, response_bytes, slowest, slowest_call,"
            + " latencies) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    );
    private readonly Statement _update = database.Prepare(
        "UPDATE call_hours SET calls = ?, errors = ?, request_bytes = ?, response_bytes = ?, slowest = ?, slowest_call = ?, latencies = ?"
            + " WHERE id = ?"
    );
    private readonly Statement _delete = database.Prepare("DELETE FROM call_hours WHERE session_id = ?");

    /// <summary>A request came: a new call, or more of one.</summary>
    public void AddRequest(SessionHours hours, long session, HourKey key, long bytes, bool isNew)
    {
        if (Row(hours, session, key) is not { } row)
            return;
        row.Calls += isNew ? 1 : 0;
        row.RequestBytes += bytes;
    }

    /// <summary>A call has its answer.</summary>
    public void AddAnswer(SessionHours hours, long session, HourKey key, long call, long latency, bool isError, long bytes)
    {
        if (Row(hours, session, key) is not { } row)
            return;
        row.Errors += isError ? 1 : 0;
        row.ResponseBytes += bytes;
        row.AddLatency(latency, call);
    }

    /// <summary>Something came that is not a call's last answer.</summary>
    public void AddResponseBytes(SessionHours hours, long session, HourKey key, long bytes)
    {
        if (Row(hours, session, key) is { } row)
            row.ResponseBytes += bytes;
    }

    /// <summary>A call's answer was not its last one. Its bytes stay.</summary>
    public void TakeBack(SessionHours hours, long session, HourKey key, long latency, bool isError)
    {
        if (hours.IsGivenUp)
            return;
        if (!hours.Rows.TryGetValue(key, out var row) || !row.RemoveLatency(latency))
        {
            // It is in a row that was closed.
            hours.Rows.Clear();
            hours.IsGivenUp = true;
            _delete.Bind(0, session).Run();
            return;
        }

        row.Errors -= isError ? 1 : 0;
        row.IsDirty = true;
    }

    /// <summary>Writes what the file does not have yet.</summary>
    public void Write(SessionHours hours, long session)
    {
        foreach (var (key, row) in hours.Rows)
            Write(session, key, row);
        if (hours.Rows.Count > MaxRows)
            hours.Rows.Clear();
        foreach (var key in hours.Rows.Keys.Where(key => key.Hour < hours.Newest - 1).ToList())
            hours.Rows.Remove(key);
    }

    /// <summary>Fills the table from the calls of a file that did not have it.</summary>
    public static void Fill(SqliteDatabase database)
    {
        using var store = new HourStore(database);
        using var rows = database.Prepare(
            "SELECT session_id, started, direction, method, name, id, latency, outcome, request_bytes, response_bytes FROM calls"
                + " ORDER BY session_id, id"
        );
        var hours = new SessionHours();
        var session = 0L;
        while (rows.Step())
        {
            if (rows.Number(0) != session)
            {
                store.Write(hours, session);
                hours = new SessionHours();
                session = rows.Number(0);
            }

            var key = HourKey.Of(rows, at: 1);
            store.AddRequest(hours, session, key, rows.Number(8), isNew: true);
            if (rows.Text(7) is { } outcome)
                store.AddAnswer(hours, session, key, rows.Number(5), rows.Number(6), outcome == "error", rows.Number(9));
            if (hours.Rows.Count > MaxRows)
                store.Write(hours, session);
        }

        store.Write(hours, session);
    }

    public void Dispose()
    {
        _insert.Dispose();
        _update.Dispose();
        _delete.Dispose();
    }

    private HourRow? Row(SessionHours hours, long session, HourKey key)
    {
        if (hours.IsGivenUp)
            return null;
        hours.Newest = Math.Max(hours.Newest, key.Hour);
        if (hours.Rows.TryGetValue(key, out var row) && row.IsFull)
        {
            Write(session, key, row);
            row = null;
        }

        row ??= hours.Rows[key] = new HourRow();
        row.IsDirty = true;
        return row;
    }

    private void Write(long session, HourKey key, HourRow row)
    {
        if (!row.IsDirty)
            return;
        row.IsDirty = false;
        if (row.Id > 0)
        {
            Bind(_update, 0, row).BindLast(row.Id).Run();
            return;
        }

        _insert
            .Bind(0, session)
            .Bind(1, key.Hour)
            .Bind(2, key.Direction)
            .BindText(3, Encoding.UTF8.GetBytes(key.Method))
            .BindText(4, Encoding.UTF8.GetBytes(key.Name));
        Bind(_insert, 5, row).Run();
        row.Id = database.LastRow;
    }

    private static Statement Bind(Statement statement, int at, HourRow row) =>
        statement
            .Bind(at, row.Calls)
            .Bind(at + 1, row.Errors)
            .Bind(at + 2, row.RequestBytes)
            .Bind(at + 3, row.ResponseBytes)
            .Bind(at + 4, row.Slowest)
            .Bind(at + 5, row.SlowestCall)
            .BindBytes(at + 6, row.Latencies);
}
