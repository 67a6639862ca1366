using Kilometers.Api.Configuration;
using Kilometers.Api.Events.Storage;
using Kilometers.Contracts.Api;
using Microsoft.Data.Sqlite;

namespace Kilometers.IngestBench;

/// <summary>What SQLite can do from C#: the same table, one prepared statement, transactions of the same size, and nothing around it.</summary>
internal static class BareSqlite
{
    public static string Run(string folder, int count, int group)
    {
        using (
            var store = new SqliteEventStore(
                new DatabaseOptions { Provider = DatabaseProvider.Sqlite, ConnectionString = $"Data Source={folder}/main.db" }
            )
        )
            store.MigrateAsync(CancellationToken.None).GetAwaiter().GetResult();
        using var connection = new SqliteConnection($"Data Source={folder}/events.db");
        connection.Open();
        using var settings = new SqliteCommand("PRAGMA synchronous = FULL", connection);
        settings.ExecuteNonQuery();
        using var command = new SqliteCommand(
            "INSERT INTO events VALUES (@0, @1, @2, @3, @4, @5, @6, @7, @8, @9, @10, @11, @12, @13, @14, @15, @16)",
            connection
        );
        var parameters = Enumerable.Range(0, 17).Select(i => command.Parameters.AddWithValue($"@{i}", DBNull.Value)).ToArray();
        Write(connection, command, parameters, Rows(count / 2), group);
        var rows = Rows(count);
        using var measured = new Measured();
        measured.Begin();
        Write(connection, command, parameters, rows, group);
        return measured.End("bare", count);
    }

    private static List<object?[]> Rows(int count) => [.. Batches.Make(count).SelectMany(batch => batch).Select(Row)];

    private static object?[] Row(EventItem item) =>
        [
            Batches.Customer,
            (int)(item.Timestamp.ToUnixTimeSeconds() / 86_400),
            item.Id.ToByteArray(bigEndian: true),
            item.Timestamp.ToUnixTimeMilliseconds() * 1000,
            item.Sequence,
            item.Size,
            1,
            1,
            false,
            false,
            item.SessionId,
            item.Server,
            item.CorrelationId,
            item.Method,
            item.Name,
            item.RequestId,
            item.Payload!.Value.ToArray(),
        ];

    private static void Write(
        SqliteConnection connection,
        SqliteCommand command,
        SqliteParameter[] parameters,
        List<object?[]> rows,
        int group
    )
    {
        for (var start = 0; start < rows.Count; start += group)
        {
            using var transaction = connection.BeginTransaction();
            command.Transaction = transaction;
            foreach (var row in rows.Skip(start).Take(group))
            {
                for (var i = 0; i < parameters.Length; i++)
                    parameters[i].Value = row[i];
                command.ExecuteNonQuery();
            }

            transaction.Commit();
        }
    }
}
