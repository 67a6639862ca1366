using Kilometers.Api.Access;
using Kilometers.Api.Http;
using Kilometers.Api.Storage;
using Kilometers.Contracts;
using Microsoft.Net.Http.Headers;

namespace Kilometers.Api.Plugins;

/// <summary><c>GET /api/plugins/download/{id}</c>: a customer's package, whole or in ranges.</summary>
internal static class DownloadEndpoint
{
    private const string ContentType = "application/vnd.kilometers.kmpkg";

    public static void MapDownloadEndpoint(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/api/plugins/download/{id}", DownloadAsync)
            .For(AccessRule.Customer)
            .Produces(StatusCodes.Status200OK, contentType: ContentType)
            .Produces(StatusCodes.Status206PartialContent, contentType: ContentType)
            .WithSummary("A package that was provisioned for the customer")
            .DisableRequestTimeout();

    private static async Task<IResult> DownloadAsync(
        HttpContext context,
        string id,
        string? expires,
        string? signature,
        Builds builds,
        DownloadLinks links,
        ContentStore contents,
        RefusedAttempts refused
    )
    {
        var caller = context.Caller();
        var build = await builds.FindAsync(id, context.RequestAborted).ConfigureAwait(false);
        if (build is not null && build.CustomerId != caller.CustomerId)
        {
            // To the one who asks it is not there; only we note that it is somebody else's.
            refused.Add("download.denied", ErrorCode.OtherCustomer, $"customer={caller.CustomerId} key={caller.KeyId} build={build.Id}");
            build = null;
        }

        if (build?.Digest is null || build.RevokedAt is not null || !links.IsValid(caller.CustomerId, build.Id, expires, signature))
            throw Problems.NotFound(
                "download",
                "A download's address is for one customer and ends after a while; ask for a new one: POST /api/plugins/provision"
            );
        return Results.Stream(
            await contents.OpenAsync(build.Digest, context.RequestAborted).ConfigureAwait(false),
            ContentType,
            build.FileName,
            entityTag: new EntityTagHeaderValue($"\"{build.Digest}\""),
            enableRangeProcessing: true
        );
    }
}
