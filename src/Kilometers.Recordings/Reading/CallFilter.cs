using Kilometers.Recordings.Storage;
using Kilometers.Sqlite;

namespace Kilometers.Recordings.Reading;

/// <summary>Which calls are wanted; what is null or empty does not matter.</summary>
public sealed record CallFilter
{
    /// <summary>The row of a session.</summary>
    public long? Session { get; init; }

    /// <summary>The server's label.</summary>
    public string? Server { get; init; }

    /// <summary>The client's name.</summary>
    public string? Client { get; init; }

    /// <summary>The tool, prompt or resource; <c>*</c> matches any characters.</summary>
    public string? Name { get; init; }

    /// <summary>The method; <c>*</c> matches any characters.</summary>
    public string? Method { get; init; }

    /// <summary>How the call ended.</summary>
    public CallOutcome? Outcome { get; init; }

    /// <summary>The error's code.</summary>
    public string? ErrorCode { get; init; }

    /// <summary>At least this latency.</summary>
    public TimeSpan? Slower { get; init; }

    /// <summary>Less than this latency.</summary>
    public TimeSpan? Faster { get; init; }

    /// <summary>Which way the request went.</summary>
    public RecordedDirection? Direction { get; init; }

    /// <summary>The JSON-RPC id, with or without quotes.</summary>
    public string? RequestId { get; init; }

    /// <summary>From this time on.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Before this time.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>The call itself.</summary>
    public long? Call { get; init; }

    /// <summary>Only calls after this one.</summary>
    public long? After { get; init; }

    /// <summary>Texts that must all be in the arguments, the result or the error; the case of ASCII letters does not matter.</summary>
    public IReadOnlyList<string> Texts { get; init; } = [];

    /// <summary>Whether a text has a word that the index can have.</summary>
    /// <param name="text">The text.</param>
    public static bool CanSearch(string text) => TextSearch.Words(text).Count > 0;

    /// <summary>Whether sums of calls by session, time, direction, method and name can answer it.</summary>
    internal bool IsOfSums =>
        Outcome is null && ErrorCode is null && Slower is null && Faster is null && RequestId is null && Call is null && After is null;

    /// <summary>The conditions as SQL over <c>calls</c>; <see cref="Texts"/> are not among them.</summary>
    internal (string Sql, Action<Statement> Bind) ToSql()
    {
        var conditions = new List<string>();
        var bindings = new List<Action<Statement, int>>();
        Add("id = ?", Call);
        Add("id > ?", After);
        Add("session_id = ?", Session);
        AddText("session_id IN (SELECT id FROM sessions WHERE server = ?)", Server);
        AddText("session_id IN (SELECT id FROM sessions WHERE client = ?)", Client);
        AddText("name GLOB ?", Glob(Name));
        AddText("method GLOB ?", Glob(Method));
        if (Outcome == CallOutcome.Pending)
            conditions.Add("outcome IS NULL");
        else
            AddText("outcome = ?", Outcome?.ToString().ToLowerInvariant());
        AddText("error_code = ?", ErrorCode);
        Add("latency >= ?", Slower is { } slower ? FileTime.Of(slower) : null);
        Add("latency < ?", Faster is { } faster ? FileTime.Of(faster) : null);
        Add("direction = ?", (long?)Direction);
        AddText("trim(request_id, '\"') = ?", RequestId?.Trim('"'));
        if (Since is { } since)
        {
            // The sessions keep the search away from most of the table.
            Add("session_id IN (SELECT id FROM sessions WHERE coalesce(ended, last_seen) >= ?)", FileTime.Of(since));
            Add("started >= ?", FileTime.Of(since));
        }

        Add("started < ?", Until is { } until ? FileTime.Of(until) : null);
        return (conditions.Count == 0 ? "1" : string.Join(" AND ", conditions), statement =>
        {
            for (var at = 0; at < bindings.Count; at++)
                bindings[at](statement, at);
        });

        void Add(string condition, long? value)
        {
            if (value is not { } known)
                return;
            conditions.Add(condition);
            bindings.Add((statement, at) => statement.Bind(at, known));
        }

        void AddText(string condition, string? value)
        {
            if (value is null)
                return;
            conditions.Add(condition);
            bindings.Add((statement, at) => statement.Bind(at, value));
        }
    }

    /// <summary>Sessions that can have such calls; of the filter only session, server, client and the beginning of the time matter.</summary>
    /// <param name="database">The file.</param>
    /// <param name="columns">What is read of them.</param>
    /// <param name="condition">What must hold besides.</param>
    /// <param name="order">Their order.</param>
    internal Statement Sessions(Database database, string columns, string condition, string order)
    {
        var rows = database.Prepare(
            $"SELECT {columns} FROM sessions WHERE {condition} AND (?1 IS NULL OR id = ?1)"
                + " AND (?2 IS NULL OR coalesce(ended, last_seen) >= ?2)"
                + (Server is null ? "" : " AND server = ?3")
                + (Client is null ? "" : " AND client = ?4")
                + $" ORDER BY {order}"
        );
        rows.Bind(0, Session).Bind(1, Since is { } since ? FileTime.Of(since) : null);
        if (Server is not null)
            rows.Bind(2, Server);
        if (Client is not null)
            rows.Bind(3, Client);
        return rows;
    }

    /// <summary>Only <c>*</c> is special.</summary>
    private static string? Glob(string? pattern) =>
        pattern?.Replace("[", "[[]", StringComparison.Ordinal).Replace("?", "[?]", StringComparison.Ordinal);
}
