using Kilometers.Api.Access;
using Kilometers.Api.Customers;
using Kilometers.Api.Keys;
using Kilometers.Api.Storage;
using Kilometers.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Kilometers.Api.Hosting;

/// <summary>For balancers and supervisors: is the process alive, and can it work?</summary>
internal static class HealthEndpoints
{
    private static readonly TimeSpan DatabaseLimit = TimeSpan.FromSeconds(2);

    public static void MapHealthEndpoints(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => Results.Text("live")).For(AccessRule.Anyone).WithSummary("The process answers");
        routes.MapGet("/health/ready", ReadyAsync).For(AccessRule.Anyone).WithSummary("It can work: 200, or 503 with what is wrong");
    }

    private static async Task<IResult> ReadyAsync(
        HttpContext context,
        Drain drain,
        IDbContextFactory<ApiDatabase> databases,
        IssuerKeys issuers,
        SharedSecrets secrets,
        PublisherKeys publisher,
        TimeProvider time
    )
    {
        var faults = new List<string>();
        if (drain.HasBegun)
            faults.Add("stopping");
        if (secrets.IsOther)
            faults.Add(ErrorCode.ApiConfiguration);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
            using var timer = time.CreateTimer(_ => limit.Cancel(), null, DatabaseLimit, Timeout.InfiniteTimeSpan);
            await using var database = await databases.CreateDbContextAsync(limit.Token).ConfigureAwait(false);
            await database.Customers.AnyAsync(limit.Token).ConfigureAwait(false);
            issuers.Open((await issuers.CurrentAsync(limit.Token).ConfigureAwait(false)).Id).Dispose();
            if (publisher.IsConfigured)
                publisher.OpenForSigning();
        }
        catch (KmException e)
        {
            faults.Add(e.Error.Code);
        }
        catch (Exception) when (!context.RequestAborted.IsCancellationRequested)
        {
            // Which kind of failure belongs in the database's log, not in the answer.
            faults.Add("database");
        }

        context.Response.Headers.CacheControl = "no-store";
        return faults.Count == 0
            ? Results.Text("ready")
            : Results.Text(string.Join(' ', faults), statusCode: StatusCodes.Status503ServiceUnavailable);
    }
}
