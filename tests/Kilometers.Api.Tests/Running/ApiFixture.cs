using Kilometers.Api.Tests.Databases;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Tests.Running;

/// <summary>A server that the tests of one class share, on either database.</summary>
public abstract class ApiFixture : IAsyncDisposable
{
    private readonly SemaphoreSlim _starting = new(1);
    private ApiProcess? _api;

    private protected abstract Task<IReadOnlyDictionary<string, string>> DatabaseAsync();

    /// <summary>The server; where its database is not installed, the test is skipped by name.</summary>
    internal async Task<ApiProcess> StartAsync()
    {
        await _starting.WaitAsync();
        try
        {
            if (_api is not null)
                return _api;
            var database = await DatabaseAsync();

            // A class asks from one address as fast as it can; limits have tests of their own.
            var settings = new Dictionary<string, string>(database)
            {
                ["Limits:AddressBurst"] = "1000000",
                ["Limits:KeyBurst"] = "1000000",
            };
            if (database.Count == 0)
                return _api = await ApiProcess.StartAsync(settings: settings);
            var data = Directory.CreateTempSubdirectory("km-api-test-").FullName;
            var (status, output, errors) = await ApiProcess.RunAsync(data, settings, "migrate");
            Assert.True(status == 0, output + errors);
            return _api = await ApiProcess.StartAsync(data, settings);
        }
        finally
        {
            _starting.Release();
        }
    }

    internal async Task<Customer> CustomerAsync(string tier)
    {
        var api = await StartAsync();
        using var admin = api.Operator();
        var (id, key) = await admin.CustomerAsync(tier);
        return new Customer(id, key, api.Client(key));
    }

    /// <summary>Another key of the same customer.</summary>
    internal async Task<Customer> AnotherKeyAsync(Customer customer)
    {
        var api = await StartAsync();
        using var admin = api.Operator();
        var created = await admin.KeyAsync(customer.Id);
        return new Customer(customer.Id, created.Key, api.Client(created.Key));
    }

    internal async Task<IReadOnlyList<AuditLine>> AuditAsync(string name)
    {
        var api = await StartAsync();
        using var admin = api.Operator();
        return (await admin.GetAsync<AuditLines>($"audit?name={name}&tail=1000")).Lines;
    }

    public async ValueTask DisposeAsync()
    {
        if (_api is not null)
            await _api.DisposeAsync();
        _starting.Dispose();
        GC.SuppressFinalize(this);
    }
}

public sealed class SqliteApi : ApiFixture
{
    private protected override Task<IReadOnlyDictionary<string, string>> DatabaseAsync() =>
        Task.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string>());
}

public sealed class PostgresApi(PostgresServer server) : ApiFixture
{
    private protected override async Task<IReadOnlyDictionary<string, string>> DatabaseAsync() =>
        new Dictionary<string, string>
        {
            ["Database:Provider"] = "postgresql",
            ["Database:ConnectionString"] = await server.CreateDatabaseAsync(),
        };
}
