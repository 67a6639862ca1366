using Kilometers.Api.Access;
using Kilometers.Api.Configuration;
using Kilometers.Api.Events.Ingest;
using Kilometers.Api.Events.Model;
using Kilometers.Api.Events.Queries;
using Kilometers.Api.Events.Storage;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Events;

internal static class EventServices
{
    /// <summary>Adds ingest, queries and retention of events. Needs a <see cref="TimeProvider"/> and <see cref="ICustomerTiers"/>.</summary>
    public static IServiceCollection AddEvents(this IServiceCollection services, DatabaseOptions database, EventOptions options)
    {
        services
            .AddSingleton(provider => (IEventDatabase)CreateStore(database, provider.GetRequiredService<TimeProvider>()))
            .AddSingleton(provider => (IEventStore)provider.GetRequiredService<IEventDatabase>());
        services.AddSingleton(options).AddSingleton<IngestBudget>().AddSingleton<EventMetrics>().AddSingleton<BatchEndpoint>();
        services.AddSingleton<IngestWriter>().AddHostedService(provider => provider.GetRequiredService<IngestWriter>());
        services.AddSingleton<EventReader>().AddSingleton<StatisticsReader>().AddSingleton<QueryEndpoints>();
        return services.AddSingleton<EventRetention>().AddHostedService<RetentionService>();
    }

    /// <summary>The store of a kind of database; its creator disposes of it.</summary>
    public static IEventStore CreateStore(DatabaseOptions database, TimeProvider time) =>
        database.Provider == DatabaseProvider.PostgreSql ? new PostgresEventStore(database, time) : new SqliteEventStore(database);

    /// <summary>Maps the endpoints of events.</summary>
    public static void MapEventEndpoints(this IEndpointRouteBuilder endpoints)
    {
        endpoints
            .MapPost("/api/events/batch", (HttpContext context, BatchEndpoint endpoint) => endpoint.HandleAsync(context))
            .For(AccessRule.CustomerOrPlugin)
            .WithName("ingestEvents")
            .Accepts<EventBatch>("application/json")
            .Produces<EventBatchResult>(StatusCodes.Status202Accepted);
        endpoints
            .MapGet("/api/events", (HttpContext context, QueryEndpoints queries) => queries.EventsAsync(context))
            .For(AccessRule.Customer)
            .WithName("listEvents")
            .Produces<EventPage>();
        endpoints
            .MapGet("/api/stats", (HttpContext context, QueryEndpoints queries) => queries.StatisticsAsync(context))
            .For(AccessRule.Customer)
            .WithName("countEvents")
            .Produces<EventStatistics>();
    }
}
