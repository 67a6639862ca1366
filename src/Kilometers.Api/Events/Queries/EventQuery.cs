using System.Data.Common;
using Kilometers.Api.Events.Model;
using Kilometers.Api.Events.Storage;

namespace Kilometers.Api.Events.Queries;

/// <summary>One query under construction: the conditions that all queries share, and their parameters.</summary>
internal sealed class EventQuery : IAsyncDisposable
{
    private readonly DbCommand _command;
    private readonly IEventDatabase _database;
    private readonly List<string> _conditions = [];
    private readonly CancellationTokenSource _limit;
    private readonly CancellationTokenRegistration _interrupt;

    private EventQuery(DbConnection connection, IEventDatabase database, TimeSpan most, CancellationToken cancellationToken)
    {
        _limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _limit.CancelAfter(most);
        _interrupt = _limit.Token.Register(() => database.Interrupt(connection));
        _command = connection.CreateCommand();
        _command.CommandTimeout = Math.Max(1, (int)most.TotalSeconds);
        _database = database;
    }

    /// <summary>What stands after WHERE.</summary>
    public string Conditions => string.Join(" AND ", _conditions);

    /// <summary>Opens a connection, which is closed with the query, and begins.</summary>
    public static async Task<EventQuery> BeginAsync(
        IEventDatabase database,
        EventFilter filter,
        TimeSpan most,
        CancellationToken cancellationToken
    )
    {
        var query = new EventQuery(await database.OpenAsync(cancellationToken).ConfigureAwait(false), database, most, cancellationToken);
        query.Add(filter);
        return query;
    }

    /// <summary>Only events that are older than this one.</summary>
    public void AddOlderThan(Guid id)
    {
        // The first condition is for PostgreSQL, which does not see in the second one that newer partitions have nothing.
        Add("day <= @cursorDay", "cursorDay", EventIdentifier.DayOf(id));
        Add("(day, id) < (@cursorDay, @cursorId)", "cursorId", _database.IdValue(id));
    }

    /// <summary>Adds a parameter.</summary>
    public void Set(string name, object value)
    {
        var parameter = _command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value;
        _command.Parameters.Add(parameter);
    }

    /// <param name="sql">Its own text and names of parameters; nothing from outside.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<DbDataReader> ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // See the parameter: all values are parameters.
        _command.CommandText = sql;
#pragma warning restore CA2100
        return _command.ExecuteReaderAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        // First of all: there is nothing to interrupt in a closed connection.
        await _interrupt.DisposeAsync().ConfigureAwait(false);
        _limit.Dispose();
        var connection = _command.Connection!;
        await _command.DisposeAsync().ConfigureAwait(false);
        await connection.DisposeAsync().ConfigureAwait(false);
    }

    private void Add(EventFilter filter)
    {
        Add("customer = @customer", "customer", filter.CustomerId);
        if (filter.After is { } after)
        {
            Add("day >= @firstDay", "firstDay", EventIdentifier.DayOf(EventTime.Move(after, -EventIdentifier.Tolerance)));
            Add("time >= @after", "after", EventTime.ToMicroseconds(after));
        }

        if (filter.Before is { } before)
        {
            Add("day <= @lastDay", "lastDay", EventIdentifier.DayOf(EventTime.Move(before, EventIdentifier.Tolerance)));
            Add("time < @before", "before", EventTime.ToMicroseconds(before));
        }

        if (filter.Session is { } session)
            Add("session = @session", "session", session);
        if (filter.Method is { } method)
            Add("method = @method", "method", method);
        if (filter.Direction is { } direction)
            Add("direction = @direction", "direction", direction);
    }

    private void Add(string condition, string name, object value)
    {
        _conditions.Add(condition);
        Set(name, value);
    }
}
