using Npgsql;

namespace Kilometers.Api.Tests.Databases;

public sealed class PostgresServerTests(PostgresServer shared)
{
    [Fact]
    public async Task Each_database_is_new()
    {
        var (one, other) = (await shared.CreateDatabaseAsync(), await shared.CreateDatabaseAsync());
        await ExecuteAsync(one, "CREATE TABLE only_here (n int)");
        var e = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(other, "SELECT n FROM only_here"));
        Assert.Equal(PostgresErrorCodes.UndefinedTable, e.SqlState);
    }

    [Fact]
    public async Task What_was_committed_is_there_after_a_crash()
    {
        await using var own = new PostgresServer();
        var database = await own.CreateDatabaseAsync();
        await ExecuteAsync(database, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)");
        await own.CrashAsync();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => ExecuteAsync(database, "SELECT 1"));
        await own.StartAsync();
        await ExecuteAsync(database, "SELECT n FROM kept");
    }

    private static async Task ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
