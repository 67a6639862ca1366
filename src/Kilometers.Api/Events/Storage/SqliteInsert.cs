using System.Runtime.InteropServices;
using Kilometers.Api.Events.Model;
using Microsoft.Data.Sqlite;

namespace Kilometers.Api.Events.Storage;

/// <summary>The one statement that writes events, prepared once.</summary>
internal sealed class SqliteInsert : IDisposable
{
    private static readonly string[] Columns =
    [
        "customer",
        "day",
        "id",
        "time",
        "sequence",
        "size",
        "direction",
        "kind",
        "truncated",
        "redacted",
        "session",
        "server",
        "correlation",
        "method",
        "name",
        "request",
        "payload",
    ];

    private readonly SqliteCommand _command;
    private readonly SqliteParameter[] _parameters;
    private readonly byte[] _id = new byte[16];

    public SqliteInsert(SqliteConnection connection)
    {
        _command = connection.CreateCommand();
        _command.CommandText =
            $"INSERT INTO events ({string.Join(", ", Columns)}) VALUES ({string.Join(", ", Columns.Select(column => "@" + column))}) ON CONFLICT (customer, day, id) DO NOTHING";
        _parameters = [.. Columns.Select(column => _command.Parameters.AddWithValue("@" + column, DBNull.Value))];
    }

    /// <summary>Writes one event.</summary>
    /// <returns>False: it was there before.</returns>
    public bool Execute(NewEvent e, SqliteTransaction transaction)
    {
        var item = e.Item;
        _ = item.Id.TryWriteBytes(_id, bigEndian: true, out _);
        Set(0, e.CustomerId);
        Set(1, e.Day);
        Set(2, _id);
        Set(3, EventTime.ToMicroseconds(item.Timestamp));
        Set(4, item.Sequence);
        Set(5, item.Size);
        Set(6, EventCodes.DirectionOf(item.Direction));
        Set(7, EventCodes.KindOf(item));
        Set(8, item.Truncated);
        Set(9, item.Redacted);
        Set(10, item.SessionId);
        Set(11, item.Server);
        Set(12, item.CorrelationId);
        Set(13, item.Method);
        Set(14, item.Name);
        Set(15, item.RequestId);
        Set(16, item.Payload is { } payload ? Array(payload) : null);
        _command.Transaction = transaction;
        return _command.ExecuteNonQuery() > 0;
    }

    public void Dispose() => _command.Dispose();

    private void Set(int index, object? value) => _parameters[index].Value = value ?? DBNull.Value;

    private static byte[] Array(ReadOnlyMemory<byte> memory) =>
        MemoryMarshal.TryGetArray(memory, out var segment) && segment.Offset == 0 && segment.Count == segment.Array!.Length
            ? segment.Array
            : memory.ToArray();
}
