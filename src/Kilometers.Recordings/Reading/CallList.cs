namespace Kilometers.Recordings.Reading;

/// <summary>Calls page by page, in the order in which they came. Texts of a filter are not looked at.</summary>
public static class CallList
{
    /// <summary>Calls after a call, the oldest first.</summary>
    /// <param name="reader">The file.</param>
    /// <param name="filter">Which calls; <see cref="CallFilter.After"/> is the cursor.</param>
    /// <param name="skip">How many to leave out: a jump to a place that no cursor is known of.</param>
    /// <param name="limit">How many, at most.</param>
    public static IReadOnlyList<RecordedCall> Page(RecordingReader reader, CallFilter filter, long skip, int limit)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(filter);
        if (skip == 0)
            return reader.CallsFrom(filter, limit);

        // Only the ids are walked over, which is an index where the session is all that matters.
        var (condition, bind) = filter.ToSql();
        using var statement = reader.Database.Prepare($"SELECT id FROM calls WHERE {condition} ORDER BY id LIMIT 1 OFFSET {skip - 1}");
        bind(statement);
        return statement.Value() is { } last ? reader.CallsFrom(filter with { After = last }, limit) : [];
    }

    /// <summary>The call before one; null: there is none.</summary>
    public static RecordedCall? Before(RecordingReader reader, CallFilter filter, long call)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(filter);
        var (condition, bind) = filter.ToSql();
        using var statement = reader.Database.Prepare($"SELECT max(id) FROM calls WHERE {condition} AND id < ?");
        bind(statement);
        statement.BindLast(call);
        return statement.Value() is { } before && reader.Calls(new CallFilter { Call = before }, 1) is [var previous] ? previous : null;
    }

    /// <summary>The call that a message of a session is of; null: it is of none.</summary>
    /// <param name="reader">The file.</param>
    /// <param name="session">The row of the session.</param>
    /// <param name="sequence">The message's position in the session.</param>
    public static long? At(RecordingReader reader, long session, long sequence)
    {
        ArgumentNullException.ThrowIfNull(reader);
        using var statement = reader.Database.Prepare("SELECT call_id FROM messages WHERE session_id = ? AND sequence = ?");
        statement.Bind(0, session).Bind(1, sequence);
        return statement.Value();
    }

    /// <summary>How many calls there are.</summary>
    public static long Count(RecordingReader reader, CallFilter filter)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(filter);
        var (condition, bind) = filter.ToSql();
        using var statement = reader.Database.Prepare($"SELECT count(*) FROM calls WHERE {condition}");
        bind(statement);
        return statement.Value() ?? 0;
    }
}
