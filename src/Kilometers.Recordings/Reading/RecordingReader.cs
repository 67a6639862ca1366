using Kilometers.Recordings.Storage;
using Kilometers.Sqlite;

namespace Kilometers.Recordings.Reading;

/// <summary>Asks the file of recordings, while others may write to it. For one thread at a time.</summary>
public sealed class RecordingReader : IDisposable
{
    private const string SessionColumns =
        "id, key, name, server, command, client, client_version, protocol, km_version, payloads, started, last_seen, ended, exit_status,"
        + " exit_code, calls, errors, messages, bytes_in, bytes_out, missed";
    private const string CommonColumns =
        "id, session_id, direction, started, latency, outcome, retries, request_bytes, response_bytes, method, name, request_id, error_code,"
        + " error_text, sequence, response_sequence, ";

    private readonly Database _database;
    private readonly string _callColumns;
    private readonly BlockReader _blocks;
    private readonly TextSearch _search;

    private RecordingReader(Database database)
    {
        _database = database;
        _callColumns = CommonColumns + (database.HasTokens ? "request_tokens, response_tokens" : "NULL, NULL");
        _blocks = new BlockReader(database);
        _search = new TextSearch(database, _blocks);
    }

    /// <summary>Opens the file of a folder.</summary>
    /// <exception cref="RecordingException">There is none, or it cannot be read.</exception>
    public static RecordingReader Open(string folder) => new(Database.OpenToRead(Path.Combine(folder, RecordingFile.Name)));

    internal Database Database => _database;

    /// <summary>Changes with what others write.</summary>
    public long Version => _database.Value("PRAGMA data_version") ?? 0;

    /// <summary>Sessions, the newest first.</summary>
    /// <param name="server">Only of this server; null: of all.</param>
    /// <param name="since">Only those that were recorded at or after this time; null: all.</param>
    /// <param name="limit">How many, at most.</param>
    public IReadOnlyList<RecordedSession> Sessions(string? server = null, DateTimeOffset? since = null, long limit = long.MaxValue)
    {
        using var statement = _database.Prepare(
            $"SELECT {SessionColumns} FROM sessions WHERE (?1 IS NULL OR server = ?1) AND coalesce(ended, last_seen) >= ?2"
                + " ORDER BY started DESC, id DESC LIMIT ?3"
        );
        statement.Bind(0, server).Bind(1, since is { } time ? FileTime.Of(time) : 0).Bind(2, limit);
        return Read(statement, Session);
    }

    /// <summary>When the first session began; null: there is none.</summary>
    /// <param name="server">Only of this server; null: of all.</param>
    public DateTimeOffset? FirstStart(string? server = null)
    {
        using var statement = _database.Prepare("SELECT min(started) FROM sessions WHERE ?1 IS NULL OR server = ?1");
        return statement.Bind(0, server).Value() is { } first ? FileTime.Time(first) : null;
    }

    /// <summary>The sessions that a short or long id, or a name that the user gave, may mean.</summary>
    public IReadOnlyList<RecordedSession> Find(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return
        [
            .. Sessions()
                .Where(session =>
                    session.Name == id
                    || session.ShortId.StartsWith(id, StringComparison.OrdinalIgnoreCase)
                    || session.Key.StartsWith(id, StringComparison.OrdinalIgnoreCase)
                ),
        ];
    }

    /// <summary>Calls that pass a filter, the newest first.</summary>
    /// <param name="filter">The filter.</param>
    /// <param name="limit">How many, at most.</param>
    public IReadOnlyList<RecordedCall> Calls(CallFilter filter, long limit = long.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return filter.Texts.Count > 0 ? Search(filter, limit) : Select(filter, limit, "DESC");
    }

    /// <summary>The session of a key; null: it is not in the file.</summary>
    public RecordedSession? SessionOf(string key)
    {
        using var statement = _database.Prepare($"SELECT {SessionColumns} FROM sessions WHERE key = ?");
        return Read(statement.Bind(0, key), Session) is [var session] ? session : null;
    }

    /// <summary>The session of a row; null: it is not in the file.</summary>
    public RecordedSession? SessionOf(long row)
    {
        using var statement = _database.Prepare($"SELECT {SessionColumns} FROM sessions WHERE id = ?");
        return Read(statement.Bind(0, row), Session) is [var session] ? session : null;
    }

    /// <summary>All calls of a session, in order.</summary>
    public IReadOnlyList<RecordedCall> CallsOf(long session) => Select(new CallFilter { Session = session }, long.MaxValue, "ASC");

    /// <summary>The messages of a call, in order.</summary>
    public IReadOnlyList<RecordedPayload> Payloads(RecordedCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        using var statement = _database.Prepare(
            "SELECT time, direction, kind, bytes, truncated, block_id, block_offset, block_length FROM messages"
                + " WHERE session_id = ? AND sequence BETWEEN ? AND ? AND call_id = ? ORDER BY sequence"
        );
        statement.Bind(0, call.Session).Bind(1, call.Sequence).Bind(2, call.LastSequence).Bind(3, call.Id);
        return Read(statement, row => new RecordedPayload(
            FileTime.Time(row.Number(0)),
            (RecordedDirection)row.Number(1),
            (RecordedKind)row.Number(2),
            row.Number(3),
            row.Number(4) != 0,
            _blocks.Read(row.NumberOrNull(5), row.NumberOrNull(6), row.NumberOrNull(7))
        ));
    }

    /// <summary>What happened to a session other than messages, in order.</summary>
    public IReadOnlyList<RecordedOccurrence> Events(long session)
    {
        using var statement = _database.Prepare("SELECT time, type, data FROM events WHERE session_id = ? ORDER BY sequence");
        statement.Bind(0, session);
        return Read(statement, row => new RecordedOccurrence(FileTime.Time(row.Number(0)), row.Text(1) ?? "", row.Text(2) ?? "{}"));
    }

    /// <summary>Calls that pass a filter, the oldest first; texts are not looked at.</summary>
    internal List<RecordedCall> CallsFrom(CallFilter filter, long limit) => Select(filter, limit, "ASC");

    internal ReadOnlyMemory<byte>? Payload(long? block, long? offset, long? length) => _blocks.Read(block, offset, length);

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _search.Dispose();
        _blocks.Dispose();
        _database.Dispose();
    }

    private List<RecordedCall> Select(CallFilter filter, long limit, string order)
    {
        var (condition, bind) = filter.ToSql();
        using var statement = _database.Prepare($"SELECT {_callColumns} FROM calls WHERE {condition} ORDER BY id {order} LIMIT {limit}");
        bind(statement);
        return Read(statement, Call);
    }

    private List<RecordedCall> Search(CallFilter filter, long limit)
    {
        var needles = filter.Texts.Select(TextSearch.Needle).ToArray();
        var candidates = filter.Texts.Select(_search.Candidates).ToArray();
        var first = Array.IndexOf(candidates, candidates.MinBy(blocks => blocks.Count)!);
        var found = new Dictionary<long, RecordedCall>();
        var (condition, bind) = filter.ToSql();
        using var statement = _database.Prepare($"SELECT {_callColumns} FROM calls WHERE {condition} AND id = ?");
        bind(statement);
        using var messages = _search.Messages(condition);
        bind(messages);
        foreach (var block in candidates[first])
        {
            foreach (var id in _search.Calls(block, needles[first], messages))
            {
                if (Pass(id) is not { } call)
                    continue;
                if (needles.Length == 1 || HasAll(call, needles))
                    found.TryAdd(id, call);
            }

            if (found.Count >= limit)
                break;
        }

        return [.. found.Values.OrderByDescending(call => call.Id).Take((int)Math.Min(limit, int.MaxValue))];

        RecordedCall? Pass(long id)
        {
            statement.BindLast(id);
            if (!statement.Step())
                return null;
            var call = Call(statement);
            statement.Reset();
            return call;
        }
    }

    private bool HasAll(RecordedCall call, byte[][] needles)
    {
        var payloads = Payloads(call);
        return needles.All(needle => payloads.Any(message => message.Payload is { } payload && _search.Has(payload.Span, needle)));
    }

    private static List<T> Read<T>(Statement statement, Func<Statement, T> read)
    {
        var rows = new List<T>();
        while (statement.Step())
            rows.Add(read(statement));
        return rows;
    }

    private static RecordedSession Session(Statement row) =>
        new()
        {
            Row = row.Number(0),
            Key = row.Text(1) ?? "",
            Name = row.Text(2),
            Server = row.Text(3),
            Command = row.Text(4),
            Client = row.Text(5),
            ClientVersion = row.Text(6),
            Protocol = row.Text(7),
            KmVersion = row.Text(8),
            Payloads = row.Text(9),
            Started = FileTime.Time(row.Number(10)),
            LastSeen = FileTime.Time(row.Number(11)),
            Ended = row.NumberOrNull(12) is { } ended ? FileTime.Time(ended) : null,
            ExitStatus = row.Text(13),
            ExitCode = row.NumberOrNull(14),
            Calls = row.Number(15),
            Errors = row.Number(16),
            Messages = row.Number(17),
            BytesIn = row.Number(18),
            BytesOut = row.Number(19),
            Missed = row.Number(20),
        };

    private static RecordedCall Call(Statement row) =>
        new()
        {
            Id = row.Number(0),
            Session = row.Number(1),
            Direction = (RecordedDirection)row.Number(2),
            Started = FileTime.Time(row.Number(3)),
            Latency = row.NumberOrNull(4) is { } latency ? FileTime.Span(latency) : null,
            Outcome = row.Text(5) switch
            {
                null => CallOutcome.Pending,
                "ok" => CallOutcome.Ok,
                _ => CallOutcome.Error,
            },
            Retries = row.Number(6),
            RequestBytes = row.Number(7),
            ResponseBytes = row.NumberOrNull(8),
            Method = row.Text(9) ?? "",
            Name = row.Text(10),
            RequestId = row.Text(11),
            ErrorCode = row.Text(12),
            ErrorText = row.Text(13),
            Sequence = row.Number(14),
            LastSequence = row.NumberOrNull(15) ?? long.MaxValue,
            RequestTokens = row.NumberOrNull(16),
            ResponseTokens = row.NumberOrNull(17),
        };
}
