using Kilometers.Api.Configuration;
using Microsoft.EntityFrameworkCore;

namespace Kilometers.Api.Storage;

internal static class StorageServices
{
    /// <summary>Adds the database.</summary>
    public static IServiceCollection AddStorage(this IServiceCollection services, DatabaseOptions options)
    {
        services.AddPooledDbContextFactory<ApiDatabase>(database =>
        {
            if (options.Provider == DatabaseProvider.PostgreSql)
                database.UseNpgsql(options.ConnectionString);
            else
                database.UseSqlite(options.ConnectionString);
            database.UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking);
        });
        return services.AddSingleton(options).AddSingleton<SchemaMigration>().AddSingleton<ContentStore>();
    }
}
