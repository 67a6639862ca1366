using Kilometers.Recordings.Reading;
using Kilometers.Recordings.Storage;
using Kilometers.Sqlite;

namespace Kilometers.Recordings.Tokens;

/// <summary>
/// Counts the tokens of recorded messages, and keeps them with their calls. Not the recorder does it, for which the tokenizer is too large, but
/// who wants to know: <c>sessions.tokens_until</c> says how far each session is counted.
/// </summary>
public sealed class TokenStore : IDisposable
{
    /// <summary>The max number of messages that are counted before the file is written.</summary>
    private const int MaxMessages = 4000;

    /// <summary>The same in bytes of payloads.</summary>
    private const long MaxBytes = 2 << 20;

    private readonly Database _database;
    private readonly Func<string, int> _count;
    private readonly Statement _until;
    private readonly Statement _last;
    private readonly Statement _messages;
    private readonly Statement _advance;
    private readonly Statement _addToCall;
    private readonly Statement _addToHour;
    private readonly TextBuffer _parts = new();
    private readonly TextBuffer _text = new();

    private TokenStore(Database database, Func<string, int> count)
    {
        (_database, _count) = (database, count);
        _until = database.Prepare("SELECT tokens_until FROM sessions WHERE id = ?");
        _last = database.Prepare("SELECT max(sequence) FROM messages WHERE session_id = ?");
        _messages = database.Prepare(
            "SELECT sequence, kind, call_id, block_id, block_offset, block_length FROM messages"
                + " WHERE session_id = ? AND sequence > ? AND sequence <= ? AND call_id IS NOT NULL AND block_id IS NOT NULL AND truncated IS NULL"
                + $" ORDER BY sequence LIMIT {MaxMessages}"
        );
        _advance = database.Prepare("UPDATE sessions SET tokens_until = ? WHERE id = ? AND tokens_until = ?");
        _addToCall = database.Prepare(
            "UPDATE calls SET request_tokens = CASE WHEN ?1 IS NULL THEN request_tokens ELSE coalesce(request_tokens, 0) + ?1 END,"
                + " response_tokens = CASE WHEN ?2 IS NULL THEN response_tokens ELSE coalesce(response_tokens, 0) + ?2 END"
                + " WHERE id = ?3 RETURNING started, direction, method, name"
        );

        // Several rows of the same key add up: which of them has the tokens does not matter.
        _addToHour = database.Prepare(
            "UPDATE call_hours SET request_tokens = request_tokens + ?1, response_tokens = response_tokens + ?2 WHERE id ="
                + " (SELECT min(id) FROM call_hours WHERE session_id = ?3 AND hour = ?4 AND direction = ?5 AND method = ?6 AND name = ?7)"
        );
    }

    /// <summary>Opens the file of a folder, which must be there.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="count">Counts the tokens of a text.</param>
    /// <exception cref="RecordingException">There is none, or it cannot be used.</exception>
    public static TokenStore Open(string folder, Func<string, int> count)
    {
        var path = Path.Combine(folder, RecordingFile.Name);
        return File.Exists(path)
            ? new TokenStore(Database.OpenToWrite(path), count)
            : throw new RecordingException(SqliteFault.Missing, $"{path} does not exist");
    }

    /// <summary>Counts what has come of a session since it was counted last.</summary>
    /// <param name="session">The session's row.</param>
    /// <param name="counted">Is told how many bytes of payloads were counted.</param>
    public void Count(long session, Action<long> counted)
    {
        ArgumentNullException.ThrowIfNull(counted);
        if (_until.Bind(0, session).Value() is not { } until || _last.Bind(0, session).Value() is not { } last)
            return;
        while (until < last)
        {
            var (next, bytes, tokens) = Read(session, until, last);
            if (!Write(session, until, next, tokens))
                return; // Somebody else counts it.
            until = next;
            counted(bytes);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var statement in (Statement[])[_until, _last, _messages, _advance, _addToCall, _addToHour])
            statement.Dispose();
        _database.Dispose();
    }

    private (long Next, long Bytes, Dictionary<long, CallTokens> Tokens) Read(long session, long until, long last)
    {
        // Blocks that are being filled grow: none is kept from one time to the next.
        using var blocks = new BlockReader(_database);
        var tokens = new Dictionary<long, CallTokens>();
        var (next, bytes, count) = (until, 0L, 0);
        _messages.Bind(0, session).Bind(1, until).Bind(2, last);
        while (_messages.Step())
        {
            next = _messages.Number(0);
            count++;
            if (blocks.Read(_messages.NumberOrNull(3), _messages.NumberOrNull(4), _messages.NumberOrNull(5)) is { } payload)
            {
                var call = _messages.Number(2);
                var number = TokenText.Of(payload.Span, _parts, _text) is { Length: > 0 } text ? _count(text) : 0;
                tokens[call] = tokens.GetValueOrDefault(call).Add(_messages.Number(1) == (long)RecordedKind.Request, number);
                bytes += payload.Length;
            }

            if (bytes < MaxBytes)
                continue;
            _messages.Reset();
            return (next, bytes, tokens);
        }

        return (count < MaxMessages ? last : next, bytes, tokens);
    }

    private bool Write(long session, long until, long next, Dictionary<long, CallTokens> tokens)
    {
        var isOurs = false;
        _database.InTransaction(() =>
        {
            isOurs = _advance.Bind(0, next).Bind(1, session).Bind(2, until).Run() > 0;
            if (!isOurs)
                return;
            var hours = new Dictionary<HourKey, CallTokens>();
            foreach (var (call, one) in tokens)
            {
                if (!_addToCall.Bind(0, one.Request).Bind(1, one.Response).Bind(2, call).Step())
                    continue;
                var key = HourKey.Of(_addToCall);
                _addToCall.Reset();
                hours[key] = hours.GetValueOrDefault(key).Add(one);
            }

            foreach (var (key, sum) in hours)
                _addToHour
                    .Bind(0, sum.Request ?? 0)
                    .Bind(1, sum.Response ?? 0)
                    .Bind(2, session)
                    .Bind(3, key.Hour)
                    .Bind(4, key.Direction)
                    .BindText(5, System.Text.Encoding.UTF8.GetBytes(key.Method))
                    .BindText(6, System.Text.Encoding.UTF8.GetBytes(key.Name))
                    .Run();
        });
        return isOurs;
    }

    /// <summary>Tokens of calls; null: nothing was counted.</summary>
    private readonly record struct CallTokens(long? Request, long? Response)
    {
        public CallTokens Add(bool isRequest, long tokens) =>
            isRequest ? this with { Request = (Request ?? 0) + tokens } : this with { Response = (Response ?? 0) + tokens };

        public CallTokens Add(CallTokens other) => new(Sum(Request, other.Request), Sum(Response, other.Response));

        private static long? Sum(long? one, long? other) => one is null ? other : one + (other ?? 0);
    }
}
