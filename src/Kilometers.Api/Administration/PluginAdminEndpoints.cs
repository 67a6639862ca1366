using Kilometers.Api.Configuration;
using Kilometers.Api.Http;
using Kilometers.Api.Keys;
using Kilometers.Api.Plugins;
using Kilometers.Api.Storage;
using Kilometers.Contracts.Api;
using Kilometers.Contracts.Packages;
using Kilometers.Packaging.Trust;
using Microsoft.AspNetCore.Mvc;

namespace Kilometers.Api.Administration;

/// <summary>Releases, builds, revocations and issuers' keys, for the operator.</summary>
internal static class PluginAdminEndpoints
{
    public static void MapPluginAdminEndpoints(this IEndpointRouteBuilder admin, ApiOptions options)
    {
        admin
            .MapPost("/releases", PublishAsync)
            .WithMetadata(new RequestSizeLimitAttribute(options.Limits.ReleaseBytes))
            .Produces<ReleaseRecord>(StatusCodes.Status201Created)
            .WithSummary(
                "Publish a release: multipart/form-data with manifest, platform, source, commit, time, and its files (file, executable)"
            )
            .DisableRequestTimeout();
        admin.MapGet("/releases", ListReleasesAsync).Produces<ReleaseList>().WithSummary("All releases");
        admin
            .MapGet("/builds", ListBuildsAsync)
            .Produces<BuildList>()
            .WithSummary("Builds, of one customer or plugin where asked, the newest first");
        admin
            .MapPost("/builds/{id}/revoke", RevokeBuildAsync)
            .Produces(StatusCodes.Status204NoContent)
            .WithSummary("End one customer's build");
        admin.MapGet("/revocations", ShowRevocationsAsync).Produces<RevocationRecord>().WithSummary("What the newest list revokes");
        admin
            .MapPost("/revocations", RevokeAsync)
            .Accepts<RevocationChange>("application/json")
            .Produces<RevocationRecord>()
            .WithSummary("Sign and publish the next list");
        admin
            .MapPut("/revocations", ImportAsync)
            .WithMetadata(new RequestSizeLimitAttribute(RevocationList.MaxSize))
            .Accepts<byte[]>("application/json")
            .Produces<RevocationRecord>()
            .WithSummary("Publish a list that was signed elsewhere");
        admin.MapGet("/issuer-keys", ListIssuersAsync).Produces<IssuerKeyList>().WithSummary("The keys of tokens and seals");
        admin
            .MapPost("/issuer-keys", CreateIssuerAsync)
            .Accepts<NewIssuerKey>("application/json")
            .Produces<IssuerKeyRecord>(StatusCodes.Status201Created)
            .WithSummary("Make a key");
        admin
            .MapPost("/issuer-keys/{id}/activate", ActivateIssuerAsync)
            .Produces(StatusCodes.Status204NoContent)
            .WithSummary("Seal new builds with a key");
        admin
            .MapPost("/issuer-keys/{id}/retire", RetireIssuerAsync)
            .Produces(StatusCodes.Status204NoContent)
            .WithSummary("End a key; what it sealed must be provisioned again");
    }

    private static async Task<IResult> PublishAsync(HttpContext context, Releases releases, Scratch scratch, TimeProvider time)
    {
        await using var upload = await ReleaseUpload.ReadAsync(context, scratch).ConfigureAwait(false);
        var release = await releases.PublishAsync(upload.ToSource(time), upload.Manifest, context.RequestAborted).ConfigureAwait(false);
        return RequestBody.Answer(Releases.Record(release), StatusCodes.Status201Created);
    }

    private static async Task<IResult> ListReleasesAsync(HttpContext context, Releases releases) =>
        RequestBody.Answer(
            new ReleaseList
            {
                Releases = [.. (await releases.ListAsync(context.RequestAborted).ConfigureAwait(false)).Select(Releases.Record)],
            }
        );

    private static async Task<IResult> ListBuildsAsync(HttpContext context, Builds builds, string? customer, string? plugin) =>
        RequestBody.Answer(
            new BuildList
            {
                Builds = await builds
                    .ListAsync(
                        customer is null ? null : AdminInput.Id(customer, "customer"),
                        plugin is null || PluginName.IsValid(plugin) ? plugin : throw Problems.NotFound("plugin"),
                        context.RequestAborted
                    )
                    .ConfigureAwait(false),
            }
        );

    private static async Task<IResult> RevokeBuildAsync(HttpContext context, string id, Builds builds)
    {
        await builds.RevokeAsync(AdminInput.Id(id, "build"), context.RequestAborted).ConfigureAwait(false);
        return Results.NoContent();
    }

    private static async Task<IResult> ShowRevocationsAsync(HttpContext context, RevocationLists revocations) =>
        RequestBody.Answer(
            Record((await revocations.NewestAsync(context.RequestAborted).ConfigureAwait(false))?.List ?? RevocationList.Empty)
        );

    private static async Task<IResult> RevokeAsync(HttpContext context, RevocationLists revocations)
    {
        var asked = await RequestBody.ReadAsync<RevocationChange>(context).ConfigureAwait(false);
        var certificates = AdminInput.Each(
            "certificates",
            asked.Certificates,
            text => text.Length is > 0 and <= 40 && text.All(char.IsAsciiHexDigitLower),
            "serial numbers in lower-case hexadecimal digits"
        );
        var payloads = AdminInput.Each(
            "payloads",
            asked.Payloads,
            text => text.Length == 64 && text.All(char.IsAsciiHexDigitLower),
            "SHA-256 in 64 lower-case hexadecimal digits"
        );
        var builds = AdminInput.Each("builds", asked.Builds, ManifestRules.IsId, "ids of builds");
        var versions = (asked.Versions ?? []).Select(Range).ToList();
        var published = await revocations
            .PublishAsync(
                list =>
                    list with
                    {
                        Certificates = [.. list.Certificates.Union(certificates)],
                        Payloads = [.. list.Payloads.Union(payloads)],
                        Builds = [.. list.Builds.Union(builds)],
                        Versions = [.. list.Versions.Union(versions)],
                    },
                string.Join(
                    ' ',
                    certificates
                        .Select(serial => $"certificate={serial}")
                        .Concat(payloads.Select(digest => $"payload={digest}"))
                        .Concat(builds.Select(id => $"build={id}"))
                        .Concat(versions.Select(range => $"plugin={range.Name}:{range.From}..{range.To}"))
                ),
                context.RequestAborted
            )
            .ConfigureAwait(false);
        return RequestBody.Answer(Record(published.List));
    }

    private static RevokedVersions Range(PluginVersionRange range) =>
        range is not null
        && PluginName.IsValid(range.Name)
        && (range.From is null || SemanticVersion.TryParse(range.From, out _))
        && (range.To is null || SemanticVersion.TryParse(range.To, out _))
            ? new RevokedVersions
            {
                Name = range.Name,
                From = range.From,
                To = range.To,
            }
            : throw Problems.Invalid("each of versions has the name of a plugin, and in from and to SemVer or nothing");

    private static async Task<IResult> ImportAsync(HttpContext context, RevocationLists revocations)
    {
        using var file = new MemoryStream();
        await context.Request.Body.CopyToAsync(file, context.RequestAborted).ConfigureAwait(false);
        return RequestBody.Answer(
            Record((await revocations.ImportAsync(file.ToArray(), context.RequestAborted).ConfigureAwait(false)).List)
        );
    }

    private static async Task<IResult> ListIssuersAsync(HttpContext context, IssuerKeys issuers) =>
        RequestBody.Answer(
            new IssuerKeyList { Keys = [.. (await issuers.ListAsync(context.RequestAborted).ConfigureAwait(false)).Select(Record)] }
        );

    private static async Task<IResult> CreateIssuerAsync(HttpContext context, IssuerKeys issuers)
    {
        var asked = await RequestBody.ReadAsync<NewIssuerKey>(context).ConfigureAwait(false);
        return RequestBody.Answer(
            Record(await issuers.CreateAsync(asked.Activate, context.RequestAborted).ConfigureAwait(false)),
            StatusCodes.Status201Created
        );
    }

    private static async Task<IResult> ActivateIssuerAsync(HttpContext context, string id, IssuerKeys issuers) =>
        await issuers.ActivateAsync(AdminInput.Id(id, "issuer's key"), context.RequestAborted).ConfigureAwait(false)
            ? Results.NoContent()
            : throw Problems.NotFound("issuer's key");

    private static async Task<IResult> RetireIssuerAsync(HttpContext context, string id, IssuerKeys issuers) =>
        await issuers.RetireAsync(AdminInput.Id(id, "issuer's key"), context.RequestAborted).ConfigureAwait(false)
            ? Results.NoContent()
            : throw Problems.NotFound("issuer's key");

    private static RevocationRecord Record(RevocationList list) =>
        new()
        {
            Number = list.Number,
            Expires = list.Number == 0 ? null : list.Expires,
            Certificates = list.Certificates,
            Payloads = list.Payloads,
            Builds = list.Builds,
            Versions =
            [
                .. list.Versions.Select(range => new PluginVersionRange
                {
                    Name = range.Name,
                    From = range.From,
                    To = range.To,
                }),
            ],
        };

    private static IssuerKeyRecord Record(IssuerKeyRow row) =>
        new()
        {
            Id = row.Id,
            PublicKey = Convert.ToBase64String(row.PublicKey),
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAt),
            ActivatedAt = Ids.Time(row.ActivatedAt),
            RetiredAt = Ids.Time(row.RetiredAt),
        };
}
