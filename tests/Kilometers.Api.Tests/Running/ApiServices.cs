using Kilometers.Api.Configuration;
using Kilometers.Api.Customers;
using Kilometers.Api.Entitlements;
using Kilometers.Api.Http;
using Kilometers.Api.Keys;
using Kilometers.Api.Plugins;
using Kilometers.Api.Storage;
using Kilometers.Api.Tests.Databases;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Kilometers.Api.Tests.Running;

/// <summary>The parts of the server without HTTP, where a test needs another clock; on a database of its own.</summary>
internal sealed class ApiServices : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("km-api-test-");
    private readonly ServiceProvider _services;

    /// <param name="postgres">A database there; null: SQLite.</param>
    private ApiServices(string? postgres)
    {
        Time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var settings = new Dictionary<string, string?>
        {
            ["SigningKeyFolder"] = ApiProcess.SigningKeys,
            ["PublicUrl"] = ApiProcess.PublicUrl,
            ["Database:Provider"] = postgres is null ? "sqlite" : "postgresql",
            ["Database:ConnectionString"] = postgres ?? $"Data Source={Path.Combine(_folder.FullName, "test.db")};Pooling=false",
        };
        var options = ApiOptions.Read(
            new Settings(new ConfigurationBuilder().AddInMemoryCollection(settings).Build()),
            _folder.FullName,
            null,
            isDevelopment: false
        );
        _services = new ServiceCollection()
            .AddSingleton(options)
            .AddSingleton(options.Limits)
            .AddSingleton<TimeProvider>(Time)
            .AddSingleton<ApiAudit>()
            .AddSingleton<RateLimits>()
            .AddSingleton<Scratch>()
            .AddLogging()
            .AddSingleton<RevocationRenewal>()
            .AddSingleton<PackageRetention>()
            .AddStorage(options.Database)
            .AddCustomers()
            .AddEntitlements()
            .AddPlugins()
            .BuildServiceProvider();
    }

    public FakeTimeProvider Time { get; }

    public static async Task<ApiServices> StartAsync(PostgresServer? postgres = null)
    {
        var services = new ApiServices(postgres is null ? null : await postgres.CreateDatabaseAsync());
        await services.Get<SchemaMigration>().RunAsync(SchemaMigration.Newest, TestContext.Current.CancellationToken);
        await services.Get<IssuerKeys>().CreateAsync(activate: true, TestContext.Current.CancellationToken);
        return services;
    }

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
