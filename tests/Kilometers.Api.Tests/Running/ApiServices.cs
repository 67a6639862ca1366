using Kilometers.Api.Customers;
using Kilometers.Api.Entitlements;
using Kilometers.Api.Hosting;
using Kilometers.Api.Plugins;
using Kilometers.Api.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Kilometers.Api.Tests.Running;

/// <summary>The parts of the server without HTTP, where a test needs another clock; on a SQLite of its own.</summary>
internal sealed class ApiServices : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("km-api-test-");
    private readonly ServiceProvider _services;

    private ApiServices()
    {
        Time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var settings = new Dictionary<string, string?> { ["SigningKeyFolder"] = ApiProcess.SigningKeys, ["PublicUrl"] = ApiProcess.PublicUrl, ["Database:ConnectionString"] = $"Data Source={Path.Combine(_folder.FullName, "test.db")};Pooling=false" };
        var options = ApiOptions.Read(new Settings(new ConfigurationBuilder().AddInMemoryCollection(settings).Build()), _folder.FullName, null, isDevelopment: false);
        _services = new ServiceCollection().AddSingleton(options).AddSingleton(options.Limits).AddSingleton<TimeProvider>(Time).AddSingleton<ApiAudit>().AddSingleton<RateLimits>().AddSingleton<Scratch>()
            .AddLogging().AddSingleton<RevocationRenewal>().AddSingleton<PackageRetention>().AddStorage(options.Database).AddCustomers().AddEntitlements().AddPlugins().BuildServiceProvider();
    }

    public FakeTimeProvider Time { get; }

    public static async Task<ApiServices> StartAsync()
    {
        var services = new ApiServices();
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
