using Kilometers.Api.Access;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Insights;

internal static class InsightServices
{
    /// <summary>Adds figures of calls. Needs what <c>AddEvents</c> adds.</summary>
    public static IServiceCollection AddInsights(this IServiceCollection services) =>
        services
            .AddSingleton<InsightStore>()
            .AddSingleton<InsightReader>()
            .AddSingleton<InsightEndpoints>()
            .AddSingleton<InsightRetention>()
            .AddHostedService(provider => provider.GetRequiredService<InsightRetention>());

    public static void MapInsightEndpoints(this IEndpointRouteBuilder routes)
    {
        routes
            .MapPost("/api/insights/batch", (HttpContext context, InsightEndpoints endpoints) => endpoints.StoreAsync(context))
            .For(AccessRule.Customer)
            .WithName("storeInsights")
            .Accepts<InsightBatch>("application/json")
            .Produces<InsightBatchResult>()
            .WithSummary("Stores hours of figures; an hour replaces what the same installation sent of it before");
        routes
            .MapGet("/api/insights", (HttpContext context, InsightEndpoints endpoints) => endpoints.QueryAsync(context))
            .For(AccessRule.Customer)
            .WithName("listInsights")
            .Produces<InsightReport>()
            .WithSummary("The customer's own figures, put together by server, tool, method, client, hour, installation, or all");
    }
}
