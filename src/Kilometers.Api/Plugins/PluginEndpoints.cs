using Kilometers.Api.Access;
using Kilometers.Api.Http;
using Kilometers.Api.Keys;
using Kilometers.Api.Storage;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;
using Kilometers.Contracts.Packages;

namespace Kilometers.Api.Plugins;

/// <summary>What a customer's km asks about plugins.</summary>
internal static class PluginEndpoints
{
    private const string All = "all";
    private const int MaxNames = 256;

    public static IServiceCollection AddPlugins(this IServiceCollection services) =>
        services
            .AddSingleton<PublisherKeys>()
            .AddSingleton<RevocationLists>()
            .AddSingleton<Releases>()
            .AddSingleton<CustomerBuild>()
            .AddSingleton<Provisioning>()
            .AddSingleton<DownloadLinks>()
            .AddSingleton<Builds>()
            .AddHostedService<RevocationRenewal>()
            .AddHostedService<PackageRetention>();

    public static void MapPluginEndpoints(this IEndpointRouteBuilder routes)
    {
        routes
            .MapGet("/api/plugins/available", AvailableAsync)
            .For(AccessRule.Customer)
            .Produces<AvailablePlugins>()
            .WithSummary("The newest release of each plugin for a platform, and whether the tier covers it");
        routes
            .MapPost("/api/plugins/provision", ProvisionAsync)
            .For(AccessRule.Customer)
            .Accepts<ProvisionRequest>("application/json")
            .Produces<ProvisionedPackages>()
            .WithSummary("Builds, or finds, the customer's packages");
        routes
            .MapGet("/api/plugins/revocations", RevocationsAsync)
            .For(AccessRule.Anyone)
            .Produces(StatusCodes.Status200OK, contentType: "application/json")
            .Produces(StatusCodes.Status204NoContent)
            .WithSummary("The signed revocation list; 204: nothing was ever revoked");
        routes.MapDownloadEndpoint();
    }

    private static async Task<IResult> AvailableAsync(HttpContext context, Releases releases, string? platform)
    {
        var caller = context.Caller();
        var newest = await releases.NewestAsync(Platform.Parse(platform), context.RequestAborted).ConfigureAwait(false);
        return RequestBody.Answer(
            new AvailablePlugins { Tier = caller.Tier.ToString(), Plugins = [.. newest.Select(release => Describe(release, caller))] }
        );
    }

    private static AvailablePlugin Describe(ReleaseRow release, Caller caller)
    {
        var plugin = Releases.Describe(release);
        return new AvailablePlugin
        {
            Name = release.Name,
            Version = release.Version,
            ReleaseSequence = release.ReleaseSequence,
            Description = plugin.Description,
            Category = plugin.Category,
            RequiredTier = release.RequiredTier.ToString(),
            Included = caller.Tier >= release.RequiredTier,
            MinimumCliVersion = plugin.MinimumCliVersion,
        };
    }

    private static async Task<IResult> ProvisionAsync(
        HttpContext context,
        Releases releases,
        Provisioning provisioning,
        DownloadLinks links,
        RefusedAttempts refused
    )
    {
        var caller = context.Caller();
        var request = await RequestBody.ReadAsync<ProvisionRequest>(context).ConfigureAwait(false);
        var newest = await releases.NewestAsync(Platform.Parse(request.Platform), context.RequestAborted).ConfigureAwait(false);
        var packages = new List<ProvisionedPackage>();
        foreach (var release in Choose(request.Plugins, newest, caller, refused))
        {
            var build = await provisioning.ProvisionAsync(caller, release, context.RequestAborted).ConfigureAwait(false);
            var (url, expiresAt) = links.Create(caller.CustomerId, build.Id);
            packages.Add(
                new ProvisionedPackage
                {
                    Id = build.Id,
                    Name = release.Name,
                    Version = release.Version,
                    ReleaseSequence = release.ReleaseSequence,
                    Size = build.Size,
                    Sha256 = build.Digest!,
                    Tier = release.RequiredTier.ToString(),
                    DownloadUrl = url,
                    ExpiresAt = expiresAt,
                    FileName = build.FileName,
                }
            );
        }

        return RequestBody.Answer(new ProvisionedPackages { Packages = packages });
    }

    /// <exception cref="KmException"><c>API_REQ_001</c>, <c>API_REQ_003</c> or <c>PLG_TIER_001</c>: a name is none, unknown, or above the tier.</exception>
    private static IEnumerable<ReleaseRow> Choose(
        IReadOnlyList<string> names,
        IReadOnlyList<ReleaseRow> newest,
        Caller caller,
        RefusedAttempts refused
    )
    {
        // The JSON reader does not look at the nullability of elements; PluginName does.
        if (names is [All])
            return newest.Where(release => caller.Tier >= release.RequiredTier);
        if (names.Count is 0 or > MaxNames || !names.All(PluginName.IsValid))
            throw Problems.Invalid($"plugins are 1 to {MaxNames} names of plugins, or \"{All}\" alone");
        return names
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .Select(name =>
            {
                var release = newest.FirstOrDefault(release => release.Name == name)
                    ?? throw Problems.NotFound($"plugin for this platform: {name}", "See /api/plugins/available");
                if (caller.Tier >= release.RequiredTier)
                    return release;
                refused.Add(
                    "provision.denied",
                    ErrorCode.TierTooLow,
                    $"customer={caller.CustomerId} key={caller.KeyId} tier={caller.Tier}",
                    name
                );
                throw new KmException(
                    new KmError(
                        ErrorCode.TierTooLow,
                        $"Plugin '{name}' requires {release.RequiredTier} subscription",
                        $"The subscription is {caller.Tier}.",
                        "Upgrade the subscription"
                    )
                );
            })
            .ToList();
    }

    private static async Task<IResult> RevocationsAsync(HttpContext context, RevocationLists revocations)
    {
        var newest = await revocations.NewestAsync(context.RequestAborted).ConfigureAwait(false);
        return newest is null
            ? Results.NoContent()
            : Results.Bytes(
                newest.File,
                "application/json",
                entityTag: new Microsoft.Net.Http.Headers.EntityTagHeaderValue($"\"{newest.List.Number}\"")
            );
    }
}
