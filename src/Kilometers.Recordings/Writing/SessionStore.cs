using System.Globalization;
using Kilometers.Recordings.Storage;
using Kilometers.Sqlite;

namespace Kilometers.Recordings.Writing;

/// <summary>The rows of <c>sessions</c>.</summary>
internal sealed class SessionStore(Database database) : IDisposable
{
    private readonly Statement _open = database.Prepare(
        "INSERT INTO sessions (key, server, command, km_version, payloads, started, last_seen) VALUES (?, ?, ?, ?, ?, ?6, ?6)"
            + " ON CONFLICT (key) DO UPDATE SET payloads = excluded.payloads RETURNING id"
    );
    private readonly Statement _lastSequence = database.Prepare(
        "SELECT max(coalesce((SELECT max(sequence) FROM messages WHERE session_id = ?1), 0),"
            + " coalesce((SELECT max(sequence) FROM events WHERE session_id = ?1), 0),"
            + " coalesce((SELECT max(sequence) FROM stderr_lines WHERE session_id = ?1), 0))"
    );
    private readonly Statement _addTotals = database.Prepare(
        "UPDATE sessions SET calls = calls + ?, errors = errors + ?, messages = messages + ?, bytes_in = bytes_in + ?,"
            + " bytes_out = bytes_out + ?, missed = missed + ?, last_seen = max(last_seen, ?) WHERE id = ?"
    );
    private readonly Statement _setClient = database.Prepare(
        "UPDATE sessions SET client = ?, client_version = ?, protocol = ? WHERE id = ?"
    );
    private readonly Statement _setExit = database.Prepare("UPDATE sessions SET exit_code = ?, exit_status = ? WHERE id = ?");
    private readonly Statement _setEnd = database.Prepare("UPDATE sessions SET ended = ? WHERE id = ?");

    /// <summary>Finds or makes the session's row: a restarted plugin continues where its predecessor stopped.</summary>
    public void Open(SessionRecording session)
    {
        var facts = session.Facts;
        session.Row = _open
            .Bind(0, facts.Key)
            .Bind(1, facts.Server)
            .Bind(2, facts.Command)
            .Bind(3, facts.KmVersion)
            .Bind(4, facts.Payloads)
            .Bind(5, FileTime.Of(facts.Started))
            .Value()
            ?? throw new RecordingException(SqliteFault.Other, "The session has no row");
        session.LastSequence = _lastSequence.Bind(0, session.Row).Value() ?? 0;
    }

    public void AddTotals(SessionRecording session)
    {
        var totals = session.Totals;
        var isThere = _addTotals
            .Bind(0, totals.Calls)
            .Bind(1, totals.Errors)
            .Bind(2, totals.Messages)
            .Bind(3, totals.BytesIn)
            .Bind(4, totals.BytesOut)
            .Bind(5, totals.Missed)
            .Bind(6, totals.LastSeen)
            .Bind(7, session.Row)
            .Run();
        session.Totals = default;

        // The user deleted the session while it was recorded: what follows becomes a new one.
        if (isThere == 0)
        {
            Retention.Delete(database, session.Row);
            session.Forget();
        }
    }

    public void SetClient(SessionRecording session, RecordedEvent occurrence) =>
        _setClient
            .Bind(0, occurrence.Data.GetValueOrDefault("clientName"))
            .Bind(1, occurrence.Data.GetValueOrDefault("clientVersion"))
            .Bind(2, occurrence.Data.GetValueOrDefault("protocolVersion"))
            .Bind(3, session.Row)
            .Run();

    public void SetExit(SessionRecording session, RecordedEvent occurrence)
    {
        var isNumber = int.TryParse(
            occurrence.Data.GetValueOrDefault("code"),
            NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture,
            out var code
        );
        _setExit.Bind(0, isNumber ? code : null).Bind(1, occurrence.Data.GetValueOrDefault("status")).Bind(2, session.Row).Run();
    }

    public void SetEnd(SessionRecording session, RecordedEvent occurrence) =>
        _setEnd.Bind(0, FileTime.Of(occurrence.Time)).Bind(1, session.Row).Run();

    public void Dispose()
    {
        foreach (var statement in (Statement[])[_open, _lastSequence, _addTotals, _setClient, _setExit, _setEnd])
            statement.Dispose();
    }
}
