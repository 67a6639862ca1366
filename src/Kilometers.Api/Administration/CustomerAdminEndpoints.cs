using Kilometers.Api.Access;
using Kilometers.Api.Customers;
using Kilometers.Api.Events.Queries;
using Kilometers.Api.Http;
using Kilometers.Api.Insights;
using Kilometers.Api.Storage;
using Kilometers.Contracts.Api;
using Microsoft.EntityFrameworkCore;

namespace Kilometers.Api.Administration;

/// <summary>Customers, their subscriptions and keys, for the operator.</summary>
internal static class CustomerAdminEndpoints
{
    private const int MaxListed = 1_000;
    private const int MaxOverlap = 2_160;
    private const int MaxUsage = 31;
    private const int UsualUsage = 30;

    public static void MapCustomerAdminEndpoints(this IEndpointRouteBuilder admin)
    {
        admin
            .MapPost("/customers", CreateAsync)
            .Accepts<NewCustomer>("application/json")
            .Produces<CustomerRecord>(StatusCodes.Status201Created)
            .WithSummary("Make a customer");
        admin.MapGet("/customers", ListAsync).Produces<CustomerList>().WithSummary("All customers, by id");
        admin.MapGet("/customers/{id}", FindAsync).Produces<CustomerRecord>().WithSummary("One customer");
        admin
            .MapDelete("/customers/{id}", DeleteAsync)
            .Produces<CustomerDeletionRecord>()
            .WithSummary("Delete a customer with its keys, packages and events")
            .DisableRequestTimeout();
        admin
            .MapPost("/customers/{id}/rename", RenameAsync)
            .Accepts<CustomerName>("application/json")
            .Produces<CustomerRecord>()
            .WithSummary("Give a customer another name");
        admin.MapGet("/customers/{id}/usage", UsageAsync).Produces<CustomerUsage>().WithSummary("What a customer has and uses");
        admin
            .MapGet("/customers/{id}/events", EventsAsync)
            .Produces<EventPage>()
            .WithSummary("A customer's events, as GET /api/events; without payloads unless payload=true");
        admin
            .MapPost("/customers/{id}/subscription", SubscribeAsync)
            .Accepts<SubscriptionChange>("application/json")
            .Produces<CustomerRecord>()
            .WithSummary("Change tier and features");
        admin
            .MapPost("/customers/{id}/suspend", (HttpContext context, string id, CustomerRegister register) =>
                SuspendAsync(context, id, register, suspend: true)
            )
            .Produces<CustomerRecord>()
            .WithSummary("Refuse every request of a customer");
        admin
            .MapPost("/customers/{id}/resume", (HttpContext context, string id, CustomerRegister register) =>
                SuspendAsync(context, id, register, suspend: false)
            )
            .Produces<CustomerRecord>()
            .WithSummary("Take a suspension back");
        admin
            .MapPost("/customers/{id}/keys", CreateKeyAsync)
            .Accepts<NewApiKey>("application/json")
            .Produces<CreatedApiKey>(StatusCodes.Status201Created)
            .WithSummary("Make an API key; only this answer ever shows it");
        admin.MapGet("/customers/{id}/keys", ListKeysAsync).Produces<ApiKeyList>().WithSummary("A customer's keys");
        admin
            .MapPost("/keys/{id}/rotate", RotateKeyAsync)
            .Accepts<KeyRotation>("application/json")
            .Produces<CreatedApiKey>(StatusCodes.Status201Created)
            .WithSummary("Make a successor; the old key works on for a while");
        admin.MapPost("/keys/{id}/revoke", RevokeKeyAsync).Produces<ApiKeyRecord>().WithSummary("End a key at once");
    }

    private static async Task<IResult> CreateAsync(HttpContext context, CustomerRegister register)
    {
        var asked = await RequestBody.ReadAsync<NewCustomer>(context).ConfigureAwait(false);
        var created = await register
            .CreateAsync(AdminInput.Name(asked.Name), AdminInput.Tier(asked.Tier), id: null, context.RequestAborted)
            .ConfigureAwait(false);
        return RequestBody.Answer(Record(created), StatusCodes.Status201Created);
    }

    private static async Task<IResult> ListAsync(HttpContext context, CustomerRegister register, string? after)
    {
        var found = await register
            .ListAsync(after is null ? "" : AdminInput.Id(after, "customer"), MaxListed, context.RequestAborted)
            .ConfigureAwait(false);
        return RequestBody.Answer(
            new CustomerList
            {
                Customers = [.. found.Take(MaxListed).Select(Record)],
                Next = found.Count > MaxListed ? found[MaxListed - 1].Id : null,
            }
        );
    }

    private static async Task<IResult> FindAsync(HttpContext context, string id, CustomerRegister register) =>
        RequestBody.Answer(Record(await register.FindAsync(AdminInput.Id(id, "customer"), context.RequestAborted).ConfigureAwait(false)));

    private static async Task<IResult> DeleteAsync(HttpContext context, string id, CustomerDeletion deletion) =>
        RequestBody.Answer(await deletion.DeleteAsync(AdminInput.Id(id, "customer"), context.RequestAborted).ConfigureAwait(false));

    private static async Task<IResult> RenameAsync(HttpContext context, string id, CustomerRegister register)
    {
        var asked = await RequestBody.ReadAsync<CustomerName>(context).ConfigureAwait(false);
        return RequestBody.Answer(
            Record(
                await register
                    .RenameAsync(AdminInput.Id(id, "customer"), AdminInput.Name(asked.Name), context.RequestAborted)
                    .ConfigureAwait(false)
            )
        );
    }

    private static async Task<IResult> UsageAsync(
        HttpContext context,
        string id,
        CustomerRegister register,
        IDbContextFactory<ApiDatabase> databases,
        StatisticsReader statistics,
        TimeProvider time,
        int? days
    )
    {
        if (days is < 1 or > MaxUsage)
            throw Problems.Invalid($"days is 1 to {MaxUsage}");
        var customer = (await register.FindAsync(AdminInput.Id(id, "customer"), context.RequestAborted).ConfigureAwait(false)).Id;
        await using var database = await databases.CreateDbContextAsync(context.RequestAborted).ConfigureAwait(false);
        var now = time.GetUtcNow();
        var filter = new EventFilter
        {
            CustomerId = customer,
            After = now.AddDays(-(days ?? UsualUsage)),
            Before = now,
        };
        return RequestBody.Answer(
            new CustomerUsage
            {
                Id = customer,
                Keys = await database.ApiKeys.CountAsync(row => row.CustomerId == customer, context.RequestAborted).ConfigureAwait(false),
                Builds = await database.Builds.CountAsync(row => row.CustomerId == customer, context.RequestAborted).ConfigureAwait(false),
                PackageBytes = await database
                    .Builds.Where(row => row.CustomerId == customer && row.Digest != null)
                    .SumAsync(row => row.Size, context.RequestAborted)
                    .ConfigureAwait(false),
                StoredEvents = await statistics.CountAllAsync(customer, context.RequestAborted).ConfigureAwait(false),
                StoredFigures = await InsightStore.CountAsync(database, customer, context.RequestAborted).ConfigureAwait(false),
                Events = await statistics.ReadAsync(filter, context.RequestAborted).ConfigureAwait(false),
            }
        );
    }

    /// <summary>Recorded, because the customers' own words are in there.</summary>
    private static async Task<IResult> EventsAsync(
        HttpContext context,
        string id,
        CustomerRegister register,
        QueryEndpoints queries,
        ApiAudit audit
    )
    {
        var customer = (await register.FindAsync(AdminInput.Id(id, "customer"), context.RequestAborted).ConfigureAwait(false)).Id;
        var answer = await queries.EventsAsync(context, customer, withPayload: false).ConfigureAwait(false);
        audit.Changed("customer.events-read", $"customer={customer}");
        return answer;
    }

    private static async Task<IResult> SubscribeAsync(HttpContext context, string id, CustomerRegister register)
    {
        var asked = await RequestBody.ReadAsync<SubscriptionChange>(context).ConfigureAwait(false);
        var changed = await register
            .SubscribeAsync(
                AdminInput.Id(id, "customer"),
                AdminInput.Tier(asked.Tier),
                AdminInput.Features(asked.FeaturesAdded),
                AdminInput.Features(asked.FeaturesRemoved),
                context.RequestAborted
            )
            .ConfigureAwait(false);
        return RequestBody.Answer(Record(changed));
    }

    private static async Task<IResult> SuspendAsync(HttpContext context, string id, CustomerRegister register, bool suspend) =>
        RequestBody.Answer(
            Record(await register.SuspendAsync(AdminInput.Id(id, "customer"), suspend, context.RequestAborted).ConfigureAwait(false))
        );

    private static async Task<IResult> CreateKeyAsync(HttpContext context, string id, CustomerRegister register, TimeProvider time)
    {
        var asked = await RequestBody.ReadAsync<NewApiKey>(context).ConfigureAwait(false);
        if (asked.ExpiresAt <= time.GetUtcNow())
            throw Problems.Invalid("expiresAt is in the future");
        var created = await register
            .CreateKeyAsync(AdminInput.Id(id, "customer"), AdminInput.Name(asked.Name), asked.ExpiresAt, context.RequestAborted)
            .ConfigureAwait(false);
        return RequestBody.Answer(created, StatusCodes.Status201Created);
    }

    private static async Task<IResult> ListKeysAsync(HttpContext context, string id, CustomerRegister register)
    {
        var keys = await register.ListKeysAsync(AdminInput.Id(id, "customer"), context.RequestAborted).ConfigureAwait(false);
        return RequestBody.Answer(new ApiKeyList { Keys = [.. keys.Select(CustomerRegister.Record)] });
    }

    private static async Task<IResult> RotateKeyAsync(HttpContext context, string id, CustomerRegister register)
    {
        var asked = await RequestBody.ReadAsync<KeyRotation>(context).ConfigureAwait(false);
        if (asked.OverlapHours is < 0 or > MaxOverlap)
            throw Problems.Invalid($"overlapHours is 0 to {MaxOverlap}");
        var created = await register
            .RotateKeyAsync(AdminInput.Id(id, "key"), TimeSpan.FromHours(asked.OverlapHours), context.RequestAborted)
            .ConfigureAwait(false);
        return RequestBody.Answer(created, StatusCodes.Status201Created);
    }

    private static async Task<IResult> RevokeKeyAsync(HttpContext context, string id, CustomerRegister register) =>
        RequestBody.Answer(
            CustomerRegister.Record(await register.RevokeKeyAsync(AdminInput.Id(id, "key"), context.RequestAborted).ConfigureAwait(false))
        );

    private static CustomerRecord Record(CustomerRow row) =>
        new()
        {
            Id = row.Id,
            Name = row.Name,
            Tier = row.Tier.ToString(),
            Features = [.. TierFeatures.Of(row)],
            FeaturesAdded = TierFeatures.Words(row.FeaturesAdded),
            FeaturesRemoved = TierFeatures.Words(row.FeaturesRemoved),
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAt),
            SuspendedAt = Ids.Time(row.SuspendedAt),
        };
}
