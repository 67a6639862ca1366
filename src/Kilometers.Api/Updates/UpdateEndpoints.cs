using Kilometers.Api.Access;
using Kilometers.Api.Configuration;
using Kilometers.Api.Http;
using Kilometers.Api.Plugins;
using Kilometers.Api.Storage;
using Kilometers.Contracts.Api;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;

namespace Kilometers.Api.Updates;

/// <summary>What <c>km update</c> asks. Open to anybody: a km without an account must be kept up to date, too.</summary>
internal static class UpdateEndpoints
{
    private const string ContentType = "application/vnd.kilometers.kmpkg";

    public static IServiceCollection AddUpdates(this IServiceCollection services) => services.AddSingleton<KmReleases>();

    public static void MapUpdateEndpoints(this IEndpointRouteBuilder routes)
    {
        routes
            .MapGet("/api/km/releases", ListAsync)
            .For(AccessRule.Anyone)
            .Produces<KmReleaseList>()
            .WithSummary("The releases of km for a platform, the newest first");
        routes
            .MapGet("/api/km/download/{id}", DownloadAsync)
            .For(AccessRule.Anyone)
            .Produces(StatusCodes.Status200OK, contentType: ContentType)
            .Produces(StatusCodes.Status206PartialContent, contentType: ContentType)
            .WithSummary("A release of km, signed by its publisher")
            .DisableRequestTimeout();
    }

    public static void MapUpdateAdminEndpoints(this IEndpointRouteBuilder admin, ApiOptions options)
    {
        admin
            .MapPost("/km-releases", PublishAsync)
            .WithMetadata(new RequestSizeLimitAttribute(options.Limits.ReleaseBytes))
            .Accepts<byte[]>(ContentType)
            .Produces<KmReleaseRecord>(StatusCodes.Status201Created)
            .WithSummary("Publish a release of km: its signed package")
            .DisableRequestTimeout();
        admin.MapGet("/km-releases", ListAllAsync).Produces<KmReleaseList>().WithSummary("All releases of km that were not revoked");
    }

    private static async Task<IResult> ListAsync(HttpContext context, KmReleases releases, string? platform) =>
        Answer(await releases.ListAsync(Platform.Parse(platform), context.RequestAborted).ConfigureAwait(false));

    private static async Task<IResult> ListAllAsync(HttpContext context, KmReleases releases) =>
        Answer(await releases.ListAsync(platform: null, context.RequestAborted).ConfigureAwait(false));

    private static IResult Answer(IReadOnlyList<KmReleaseRow> rows) =>
        RequestBody.Answer(new KmReleaseList { Releases = [.. rows.Select(KmReleases.Record)] });

    private static async Task<IResult> DownloadAsync(HttpContext context, string id, KmReleases releases, ContentStore contents)
    {
        var release = await releases.FindAsync(id, context.RequestAborted).ConfigureAwait(false)
            ?? throw Problems.NotFound("release of km");
        return Results.Stream(
            await contents.OpenAsync(release.Digest, context.RequestAborted).ConfigureAwait(false),
            ContentType,
            $"km-{release.Version}-{release.Os}-{release.Arch}.kmpkg",
            entityTag: new EntityTagHeaderValue($"\"{release.Digest}\""),
            enableRangeProcessing: true
        );
    }

    private static async Task<IResult> PublishAsync(HttpContext context, KmReleases releases, Scratch scratch)
    {
        await using var package = scratch.Create();
        await context.Request.Body.CopyToAsync(package, context.RequestAborted).ConfigureAwait(false);
        return RequestBody.Answer(
            KmReleases.Record(await releases.PublishAsync(package, context.RequestAborted).ConfigureAwait(false)),
            StatusCodes.Status201Created
        );
    }
}
