using Kilometers.Api.Configuration;

namespace Kilometers.Api.Tests.Databases;

/// <summary>An empty database of either kind, gone with the test.</summary>
internal sealed class TestDatabase : IDisposable
{
    private readonly DirectoryInfo? _folder;

    private TestDatabase(DatabaseOptions options, DirectoryInfo? folder)
    {
        Options = options;
        _folder = folder;
    }

    public DatabaseOptions Options { get; }

    public static TestDatabase Sqlite()
    {
        var folder = Directory.CreateTempSubdirectory("km-api-tests-");
        return new TestDatabase(
            new DatabaseOptions
            {
                Provider = DatabaseProvider.Sqlite,
                ConnectionString = $"Data Source={Path.Combine(folder.FullName, "km-api.db")};Pooling=false",
            },
            folder
        );
    }

    public static async Task<TestDatabase> PostgreSqlAsync(PostgresServer server) =>
        new(new DatabaseOptions { Provider = DatabaseProvider.PostgreSql, ConnectionString = await server.CreateDatabaseAsync() }, null);

    public void Dispose() => _folder?.Delete(recursive: true);
}
