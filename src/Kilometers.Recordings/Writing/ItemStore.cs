using System.Globalization;
using System.Text.Json;
using Kilometers.Recordings.Storage;
using Kilometers.Sqlite;

namespace Kilometers.Recordings.Writing;

/// <summary>Puts items into the tables, within the transaction of its caller.</summary>
internal sealed class ItemStore(Database database) : IDisposable
{
    private const string OkOutcome = "ok";
    private const string ErrorOutcome = "error";

    private readonly SessionStore _sessions = new(database);
    private readonly BlockStore _blocks = new(database);
    private readonly HourStore _hours = new(database);
    private readonly DefinitionStore _definitions = new(database);
    private readonly Statement _addMessage = database.Prepare(
        "INSERT INTO messages (session_id, sequence, time, direction, kind, bytes, call_id, block_id, block_offset, block_length, truncated, method)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    );
    private readonly Statement _addCall = database.Prepare(
        "INSERT INTO calls (session_id, sequence, direction, started, request_bytes, method, name, request_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    );
    private readonly Statement _retryCall = database.Prepare(
        "UPDATE calls SET retries = retries + 1, request_bytes = request_bytes + ?, outcome = NULL, error_code = NULL, error_text = NULL WHERE id = ?"
    );
    private readonly Statement _answerCall = database.Prepare(
        "UPDATE calls SET response_sequence = ?, latency = coalesce(latency, 0) + ?, outcome = ?, response_bytes = coalesce(response_bytes, 0) + ?,"
            + " error_code = ?, error_text = ? WHERE id = ? RETURNING started, direction, method, name, latency"
    );
    private readonly Statement _pollCall = database.Prepare("UPDATE calls SET request_bytes = request_bytes + ? WHERE id = ?");
    private readonly Statement _answerPart = database.Prepare(
        "UPDATE calls SET response_sequence = ?, response_bytes = coalesce(response_bytes, 0) + ? WHERE id = ?"
            + " RETURNING started, direction, method, name"
    );
    private readonly Statement _endTask = database.Prepare(
        "UPDATE calls SET response_sequence = ?, latency = max(0, ? - started), outcome = ?, response_bytes = coalesce(response_bytes, 0) + ?,"
            + " error_code = ?, error_text = ? WHERE id = ? RETURNING started, direction, method, name, latency"
    );
    private readonly Statement _soFar = database.Prepare(
        "SELECT started, direction, method, name, latency, outcome FROM calls WHERE id = ?"
    );
    private readonly Statement _findCall = database.Prepare("SELECT call_id FROM messages WHERE session_id = ? AND sequence = ?");
    private readonly Statement _addEvent = database.Prepare(
        "INSERT INTO events (session_id, sequence, time, type, data) VALUES (?, ?, ?, ?, ?)"
    );
    private readonly Statement _addLine = database.Prepare(
        "INSERT INTO stderr_lines (session_id, sequence, time, line) VALUES (?, ?, ?, ?)"
    );

    /// <exception cref="RecordingException">It cannot be written.</exception>
    public void Add(SessionRecording session, RecordedItem item)
    {
        if (session.Row == 0)
            _sessions.Open(session);
        if (item.Sequence <= session.LastSequence)
            return; // Delivered again.
        session.IsDirty = true;
        session.LastSequence = item.Sequence;
        session.Totals = session.Totals with { LastSeen = FileTime.Of(item.Time) };
        switch (item)
        {
            case RecordedMessage message:
                AddMessage(session, message);
                break;
            case RecordedErrorLine line:
                _addLine.Bind(0, session.Row).Bind(1, line.Sequence).Bind(2, FileTime.Of(line.Time)).BindText(3, Utf8(line.Line)).Run();
                break;
            case RecordedEvent occurrence:
                AddEvent(session, occurrence);
                break;
        }
    }

    /// <summary>Writes what is gathered of a session: its last block, and its totals.</summary>
    public void Flush(SessionRecording session)
    {
        if (!session.IsDirty)
            return;
        session.IsDirty = false;
        _blocks.Write(session, isLast: !session.IsOpen);
        _hours.Write(session.Hours, session.Row);
        _sessions.AddTotals(session);
    }

    public void Dispose()
    {
        _sessions.Dispose();
        _blocks.Dispose();
        _hours.Dispose();
        _definitions.Dispose();
        foreach (
            var statement in (Statement[])
                [_addMessage, _addCall, _retryCall, _answerCall, _pollCall, _answerPart, _endTask, _soFar, _findCall, _addEvent, _addLine]
        )
            statement.Dispose();
    }

    private void AddMessage(SessionRecording session, RecordedMessage message)
    {
        if (message.Task is null)
            message = message with { Task = message.Payload is { } kept ? TaskFacts.Read(kept.Span) : TaskFacts.None };
        var call = message.Kind switch
        {
            RecordedKind.Request => AddRequest(session, message),
            RecordedKind.Response or RecordedKind.ErrorResponse => AddResponse(session, message),
            _ => null,
        };
        _addMessage
            .Bind(0, session.Row)
            .Bind(1, message.Sequence)
            .Bind(2, FileTime.Of(message.Time))
            .Bind(3, (long)message.Direction)
            .Bind(4, (long)message.Kind)
            .Bind(5, message.Size)
            .Bind(6, call)
            .Bind(10, message.IsTruncated ? 1 : null)
            .Bind(11, call is null || (IsPoll(message) && session.IsTask(call.Value)) ? message.Method : null);
        if (message.Payload is { } payload)
        {
            var offset = _blocks.Add(session, message, payload.Span, out var block);
            _addMessage.Bind(7, block).Bind(8, offset).Bind(9, payload.Length);
        }
        else
            _addMessage.Bind(7, (long?)null).Bind(8, (long?)null).Bind(9, (long?)null);

        _addMessage.Run();
        var isIn = message.Direction == RecordedDirection.In;
        session.Totals = session.Totals with
        {
            Messages = session.Totals.Messages + 1,
            BytesIn = session.Totals.BytesIn + (isIn ? message.Size : 0),
            BytesOut = session.Totals.BytesOut + (isIn ? 0 : message.Size),
        };
    }

    private long? AddRequest(SessionRecording session, RecordedMessage request)
    {
        if (IsPoll(request) && session.CallOfTask(request.Task!.Id) is { } task)
        {
            if (KeyOf(task) is { } polled)
                _hours.AddRequest(session.Hours, session.Row, polled, request.Size, isNew: false);
            _pollCall.Bind(0, request.Size).Bind(1, task).Run();
            session.Remember(request.Sequence, request.CorrelationId, task);
            return task;
        }

        if (request.RetryOf.Length > 0 && session.CallOf(request.RetryOf) is { } continued)
        {
            if (TakeBackAnswer(session, continued) is { } key)
                _hours.AddRequest(session.Hours, session.Row, key, request.Size, isNew: false);
            _retryCall.Bind(0, request.Size).Bind(1, continued).Run();
            session.Remember(request.Sequence, request.CorrelationId, continued);
            return continued;
        }

        _addCall
            .Bind(0, session.Row)
            .Bind(1, request.Sequence)
            .Bind(2, (long)request.Direction)
            .Bind(3, FileTime.Of(request.Time))
            .Bind(4, request.Size)
            .Bind(5, request.Method)
            .Bind(6, request.Name)
            .Bind(7, request.RequestId)
            .Run();
        var call = database.LastRow;
        session.Remember(request.Sequence, request.CorrelationId, call);
        session.Totals = session.Totals with { Calls = session.Totals.Calls + 1 };
        var hour = FileTime.Of(request.Time) / HourKey.Microseconds;
        _hours.AddRequest(
            session.Hours,
            session.Row,
            new HourKey(hour, (long)request.Direction, request.Method, request.Name),
            request.Size,
            isNew: true
        );
        return call;
    }

    private long? AddResponse(SessionRecording session, RecordedMessage response)
    {
        if (response.RequestSequence == 0)
            return null;
        var remembered = session.Call(response.RequestSequence);
        if ((remembered ?? _findCall.Bind(0, session.Row).Bind(1, response.RequestSequence).Value()) is not { } call)
            return null;
        if (AddTaskResponse(session, response, call))
            return call;
        if (remembered is null)
            TakeBackAnswer(session, call);
        var isError = response.ErrorCode.Length > 0;
        _answerCall
            .Bind(0, response.Sequence)
            .Bind(1, FileTime.Of(response.Latency ?? TimeSpan.Zero))
            .Bind(2, isError ? ErrorOutcome : OkOutcome)
            .Bind(3, response.Size)
            .Bind(4, response.ErrorCode)
            .Bind(5, response.ErrorText)
            .Bind(6, call);
        if (_answerCall.Step())
        {
            _hours.AddAnswer(session.Hours, session.Row, HourKey.Of(_answerCall), call, _answerCall.Number(4), isError, response.Size);
            _answerCall.Reset();
        }

        if (isError)
            session.Totals = session.Totals with { Errors = session.Totals.Errors + 1 };
        if (response.Payload is { } payload && DefinitionList.IsListed(response.Method))
            _definitions.Add(session, response, payload);
        return call;
    }

    /// <summary>A call that became a task is answered when the task is over.</summary>
    /// <returns>False if the response is of no task.</returns>
    private bool AddTaskResponse(SessionRecording session, RecordedMessage response, long call)
    {
        var task = response.Task!;
        if (!session.IsTask(call))
        {
            if (IsPoll(response) || task is not { Id.Length: > 0, Status.Length: > 0 } || response.ErrorCode.Length > 0)
                return false;
            session.RememberTask(task.Id, call);
        }

        // A poll that failed says nothing of the task, unless it asked for the result.
        if (!task.IsLast(response.Method))
        {
            _answerPart.Bind(0, response.Sequence).Bind(1, response.Size).Bind(2, call);
            if (_answerPart.Step())
            {
                _hours.AddResponseBytes(session.Hours, session.Row, HourKey.Of(_answerPart), response.Size);
                _answerPart.Reset();
            }

            return true;
        }

        var wasError = false;
        TakeBackAnswer(session, call, ref wasError);
        var code = response.ErrorCode.Length > 0 ? response.ErrorCode : task.ErrorCode;
        _endTask
            .Bind(0, response.Sequence)
            .Bind(1, FileTime.Of(response.Time))
            .Bind(2, code.Length > 0 ? ErrorOutcome : OkOutcome)
            .Bind(3, response.Size)
            .Bind(4, code)
            .Bind(
                5,
                response.ErrorText.Length > 0 ? response.ErrorText
                    : code.Length > 0 ? task.ErrorText
                    : ""
            )
            .Bind(6, call);
        if (_endTask.Step())
        {
            _hours.AddAnswer(session.Hours, session.Row, HourKey.Of(_endTask), call, _endTask.Number(4), code.Length > 0, response.Size);
            _endTask.Reset();
        }

        if (code.Length > 0 && !wasError)
            session.Totals = session.Totals with { Errors = session.Totals.Errors + 1 };
        return true;
    }

    private static bool IsPoll(RecordedMessage message) => message.Method.StartsWith(TaskFacts.MethodPrefix, StringComparison.Ordinal);

    private HourKey? KeyOf(long call)
    {
        if (!_soFar.Bind(0, call).Step())
            return null;
        var key = HourKey.Of(_soFar);
        _soFar.Reset();
        return key;
    }

    /// <summary>Takes a call's answer, if it has one, out of the sums: another one will follow.</summary>
    /// <returns>What the call is summed up in; null: it is not in the file.</returns>
    private HourKey? TakeBackAnswer(SessionRecording session, long call)
    {
        var wasError = false;
        return TakeBackAnswer(session, call, ref wasError);
    }

    private HourKey? TakeBackAnswer(SessionRecording session, long call, ref bool wasError)
    {
        if (!_soFar.Bind(0, call).Step())
            return null;
        var (key, latency, outcome) = (HourKey.Of(_soFar), _soFar.Number(4), _soFar.Text(5));
        _soFar.Reset();
        if (outcome is not null)
            _hours.TakeBack(session.Hours, session.Row, key, latency, outcome == ErrorOutcome);
        wasError = outcome == ErrorOutcome;
        return key;
    }

    /// <summary>Of a statement whose first columns are those of a call: begin, direction, method and name.</summary>
    private void AddEvent(SessionRecording session, RecordedEvent occurrence)
    {
        _addEvent
            .Bind(0, session.Row)
            .Bind(1, occurrence.Sequence)
            .Bind(2, FileTime.Of(occurrence.Time))
            .BindText(3, Utf8(occurrence.Type))
            .BindText(4, JsonSerializer.SerializeToUtf8Bytes(occurrence.Data, RecordingJsonContext.Default.IReadOnlyDictionaryStringString))
            .Run();
        switch (occurrence.Type)
        {
            case "session.initialized":
                _sessions.SetClient(session, occurrence);
                break;
            case "server.exited":
                _sessions.SetExit(session, occurrence);
                break;
            case "session.ended":
                _sessions.SetEnd(session, occurrence);
                break;
            case "delivery.dropped":
                var items = occurrence.Data.GetValueOrDefault("items");
                var missed = long.TryParse(items, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? Math.Max(1, count) : 1;
                session.Totals = session.Totals with { Missed = session.Totals.Missed + missed };
                break;
        }
    }

    private static byte[] Utf8(string text) => System.Text.Encoding.UTF8.GetBytes(text);
}
