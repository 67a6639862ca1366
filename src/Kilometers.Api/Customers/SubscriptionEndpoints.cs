using Kilometers.Api.Access;
using Kilometers.Api.Configuration;
using Kilometers.Api.Events.Model;
using Kilometers.Api.Http;
using Kilometers.Api.Keys;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Customers;

internal static class SubscriptionEndpoints
{
    public static IServiceCollection AddCustomers(this IServiceCollection services) =>
        services
            .AddSingleton<ServerSecret>()
            .AddSingleton<SharedSecrets>()
            .AddSingleton<KeyDirectory>()
            .AddSingleton<Authentication>()
            .AddSingleton<CustomerRegister>()
            .AddSingleton<CustomerDeletion>()
            .AddSingleton<ICustomerTiers, CustomerTiers>()
            .AddSingleton<RefusedAttempts>()
            .AddHostedService(provider => provider.GetRequiredService<RefusedAttempts>());

    public static void MapSubscriptionEndpoints(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/api/subscription/status", StatusAsync)
            .For(AccessRule.Customer)
            .Produces<SubscriptionStatus>()
            .WithSummary("The tier and the features of the customer who asks");

    private static async Task<IResult> StatusAsync(HttpContext context, KeyDirectory directory, IssuerKeys issuers, ApiOptions options)
    {
        var caller = context.Caller();
        var known = await directory.FindAsync(caller.KeyId, context.RequestAborted).ConfigureAwait(false);
        var issuer = await issuers.CurrentAsync(context.RequestAborted).ConfigureAwait(false);
        return RequestBody.Answer(
            new SubscriptionStatus
            {
                CustomerId = caller.CustomerId,
                CustomerName = known!.Customer.Name,
                KeyId = caller.KeyId,
                Tier = caller.Tier.ToString(),
                Features = [.. caller.Features],
                Issuer = issuers.Issuer,
                IssuerKey = Convert.ToBase64String(issuer.PublicKey),
                UpgradeUrl = options.UpgradeUrl,
            }
        );
    }
}
