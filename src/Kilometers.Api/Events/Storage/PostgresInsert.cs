using Kilometers.Api.Events.Model;
using Npgsql;
using NpgsqlTypes;

namespace Kilometers.Api.Events.Storage;

/// <summary>The two ways in which events get into PostgreSQL, each in a transaction of its own.</summary>
internal static class PostgresInsert
{
    private const string Columns =
        "customer, day, id, time, sequence, size, direction, kind, truncated, redacted, session, server, correlation, method, name, request, payload";

    private const string Copy = $"COPY events ({Columns}) FROM STDIN (FORMAT binary)";

    // Waits for another writer of the same id.
    private const string Insert = $"""
        INSERT INTO events ({Columns})
        SELECT * FROM unnest($1::text[], $2::integer[], $3::uuid[], $4::bigint[], $5::bigint[], $6::bigint[], $7::smallint[], $8::smallint[], $9::boolean[], $10::boolean[],
          $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::bytea[])
        ON CONFLICT DO NOTHING RETURNING customer, id
        """;

    // Whatever the database's default is: an answer says that the events are durable.
    private const string Durable = "SELECT set_config('synchronous_commit', 'on', true)";

    /// <summary>Writes events by COPY: about twice as fast as the other way.</summary>
    /// <returns>False: one of them is there already, and nothing was written.</returns>
    public static async Task<bool> TryCopyAsync(
        NpgsqlConnection connection,
        IReadOnlyList<NewEvent> events,
        CancellationToken cancellationToken
    )
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (var durable = new NpgsqlCommand(Durable, connection, transaction))
            await durable.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await using var import = await connection.BeginBinaryImportAsync(Copy, cancellationToken).ConfigureAwait(false);
            foreach (var e in events)
                await WriteAsync(import, e, cancellationToken).ConfigureAwait(false);
            await import.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return false;
        }

        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Writes those events that are not there.</summary>
    /// <returns>For each event whether it was written.</returns>
    public static async Task<bool[]> InsertAsync(
        NpgsqlConnection connection,
        IReadOnlyList<NewEvent> events,
        CancellationToken cancellationToken
    )
    {
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new(Durable), InsertOf(events) } };
        var stored = new HashSet<(string, Guid)>(events.Count);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            stored.Add((reader.GetString(0), reader.GetGuid(1)));

        // The commit comes after the rows: an error in it is thrown here.
        while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false))
            continue;
        return [.. events.Select(e => stored.Contains((e.CustomerId, e.Item.Id)))];
    }

    private static async Task WriteAsync(NpgsqlBinaryImporter import, NewEvent e, CancellationToken cancellationToken)
    {
        var item = e.Item;
        await import.StartRowAsync(cancellationToken).ConfigureAwait(false);
        await import.WriteAsync(e.CustomerId, NpgsqlDbType.Text, cancellationToken).ConfigureAwait(false);
        await import.WriteAsync(e.Day, NpgsqlDbType.Integer, cancellationToken).ConfigureAwait(false);
        await import.WriteAsync(item.Id, NpgsqlDbType.Uuid, cancellationToken).ConfigureAwait(false);
        await import.WriteAsync(EventTime.ToMicroseconds(item.Timestamp), NpgsqlDbType.Bigint, cancellationToken).ConfigureAwait(false);
        await import.WriteAsync(item.Sequence, NpgsqlDbType.Bigint, cancellationToken).ConfigureAwait(false);
        await import.WriteAsync(item.Size, NpgsqlDbType.Bigint, cancellationToken).ConfigureAwait(false);
        await import.WriteAsync(EventCodes.DirectionOf(item.Direction), NpgsqlDbType.Smallint, cancellationToken).ConfigureAwait(false);
        await import.WriteAsync(EventCodes.KindOf(item), NpgsqlDbType.Smallint, cancellationToken).ConfigureAwait(false);
        await import.WriteAsync(item.Truncated, NpgsqlDbType.Boolean, cancellationToken).ConfigureAwait(false);
        await import.WriteAsync(item.Redacted, NpgsqlDbType.Boolean, cancellationToken).ConfigureAwait(false);
        await import.WriteAsync(item.SessionId, NpgsqlDbType.Text, cancellationToken).ConfigureAwait(false);
        await import.WriteAsync(item.Server, NpgsqlDbType.Text, cancellationToken).ConfigureAwait(false);
        foreach (var text in new[] { item.CorrelationId, item.Method, item.Name, item.RequestId })
            await (
                text is null ? import.WriteNullAsync(cancellationToken) : import.WriteAsync(text, NpgsqlDbType.Text, cancellationToken)
            ).ConfigureAwait(false);
        await (
            item.Payload is not { } payload
                ? import.WriteNullAsync(cancellationToken)
                : import.WriteAsync(payload, NpgsqlDbType.Bytea, cancellationToken)
        ).ConfigureAwait(false);
    }

    private static NpgsqlBatchCommand InsertOf(IReadOnlyList<NewEvent> events)
    {
        var insert = new NpgsqlBatchCommand(Insert);
        Add(NpgsqlDbType.Text, e => e.CustomerId);
        Add(NpgsqlDbType.Integer, e => e.Day);
        Add(NpgsqlDbType.Uuid, e => e.Item.Id);
        Add(NpgsqlDbType.Bigint, e => EventTime.ToMicroseconds(e.Item.Timestamp));
        Add(NpgsqlDbType.Bigint, e => e.Item.Sequence);
        Add(NpgsqlDbType.Bigint, e => e.Item.Size);
        Add(NpgsqlDbType.Smallint, e => EventCodes.DirectionOf(e.Item.Direction));
        Add(NpgsqlDbType.Smallint, e => EventCodes.KindOf(e.Item));
        Add(NpgsqlDbType.Boolean, e => e.Item.Truncated);
        Add(NpgsqlDbType.Boolean, e => e.Item.Redacted);
        Add(NpgsqlDbType.Text, e => e.Item.SessionId);
        Add(NpgsqlDbType.Text, e => e.Item.Server);
        Add(NpgsqlDbType.Text, e => e.Item.CorrelationId);
        Add(NpgsqlDbType.Text, e => e.Item.Method);
        Add(NpgsqlDbType.Text, e => e.Item.Name);
        Add(NpgsqlDbType.Text, e => e.Item.RequestId);
        Add(NpgsqlDbType.Bytea, e => e.Item.Payload);
        return insert;

        void Add<T>(NpgsqlDbType type, Func<NewEvent, T> value)
        {
            var values = new T[events.Count];
            for (var i = 0; i < values.Length; i++)
                values[i] = value(events[i]);
            insert.Parameters.Add(new NpgsqlParameter<T[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type });
        }
    }
}
