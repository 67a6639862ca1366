using Kilometers.Api.Access;
using Kilometers.Api.Configuration;
using Kilometers.Api.Http;
using Kilometers.Api.Keys;
using Kilometers.Api.Plugins;
using Kilometers.Api.Storage;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;
using Kilometers.Contracts.Packages;
using Kilometers.Entitlements.Tokens;

namespace Kilometers.Api.Entitlements;

/// <summary><c>POST /api/plugins/authenticate</c>: one token for all of a customer's plugins.</summary>
internal static class EntitlementEndpoints
{
    private const int MaxBuilds = 256;
    private const int NonceSize = 16;

    public static IServiceCollection AddEntitlements(this IServiceCollection services) =>
        services.AddSingleton<IssuerKeys>().AddSingleton<BuildCheck>();

    public static void MapEntitlementEndpoints(this IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/api/plugins/authenticate", AuthenticateAsync)
            .For(AccessRule.Customer)
            .Accepts<EntitlementRequest>("application/json")
            .Produces<EntitlementAnswer>()
            .WithSummary("A signed entitlement for a few minutes, and what became of each installed build");

    private static async Task<IResult> AuthenticateAsync(
        HttpContext context,
        BuildCheck check,
        IssuerKeys issuers,
        RevocationLists revocations,
        ApiOptions options,
        TimeProvider time
    )
    {
        var caller = context.Caller();
        var request = await RequestBody.ReadAsync<EntitlementRequest>(context).ConfigureAwait(false);
        Refuse(request);
        var builds = await check.CheckAsync(caller, request.Plugins, context.RequestAborted).ConfigureAwait(false);
        var number = (await revocations.NewestAsync(context.RequestAborted).ConfigureAwait(false))?.List.Number ?? 0;
        var issuer = await ChooseAsync(builds, issuers, context.RequestAborted).ConfigureAwait(false);
        var now = time.GetUtcNow();
        var end = now + options.Entitlements.Token;
        var token = new EntitlementToken
        {
            Issuer = issuers.Issuer,
            CustomerId = caller.CustomerId,
            Id = Ids.New("ent"),
            IssuedAt = now.ToUnixTimeSeconds(),
            ExpiresAt = end.ToUnixTimeSeconds(),
            OfflineUntil = Later(end, now + Offline(caller.Tier, options.Entitlements)).ToUnixTimeSeconds(),
            KeyId = caller.KeyId,
            Tier = caller.Tier.ToString(),
            Features = [.. caller.Features],
            Plugins = builds
                .Where(each => each.Decision.Allowed)
                .GroupBy(each => each.Decision.Name)
                .ToDictionary(
                    group => group.Key,
                    group => (IReadOnlyList<string>)[.. group.Select(each => each.Decision.BuildId).Distinct()]
                ),
            Nonce = request.Nonce,
            RevocationNumber = number,
        };
        using var key = issuers.Open(issuer.Id);
        return RequestBody.Answer(
            new EntitlementAnswer
            {
                Token = token.Sign(key),
                Issuer = issuers.Issuer,
                IssuerKey = Convert.ToBase64String(issuer.PublicKey),
                ServerTime = now,
                RevocationNumber = number,
                Plugins = [.. builds.Select(each => each.Decision)],
            }
        );
    }

    /// <summary>
    /// A plugin believes the key in its seal only. All plugins of a host get one token, so after a rotation the oldest one's key signs until
    /// that plugin was provisioned again.
    /// </summary>
    private static async Task<IssuerKeyRow> ChooseAsync(
        IReadOnlyList<CheckedBuild> builds,
        IssuerKeys issuers,
        CancellationToken cancellationToken
    )
    {
        var oldest = builds.Where(each => each.Decision.Allowed).MinBy(each => each.Build!.StartedAt)?.Build!.IssuerKeyId;
        var keys = await issuers.ListAsync(cancellationToken).ConfigureAwait(false);
        return keys.FirstOrDefault(key => key.Id == oldest && key.RetiredAt is null)
            ?? await issuers.CurrentAsync(cancellationToken).ConfigureAwait(false);
    }

    private static void Refuse(EntitlementRequest request)
    {
        var nonce = new byte[NonceSize + 1];
        if (!Convert.TryFromBase64String(request.Nonce, nonce, out var size) || size != NonceSize)
            throw Problems.Invalid($"nonce is {NonceSize} bytes in base64");
        if (!SemanticVersion.TryParse(request.CliVersion, out _))
            throw Problems.Invalid("cliVersion is SemVer");
        if (request.Plugins.Count > MaxBuilds)
            throw Problems.Invalid($"plugins are at most {MaxBuilds}");
        if (request.Plugins.FirstOrDefault(IsMalformed) is not null || request.Plugins.Contains(null!))
            throw Problems.Invalid(
                "each of plugins has the name of a plugin, a version in SemVer, and a buildId of 1 to 64 letters, digits, '_' and '-'"
            );
    }

    private static bool IsMalformed(InstalledBuild build) =>
        build is not null
        && (!PluginName.IsValid(build.Name) || !SemanticVersion.TryParse(build.Version, out _) || !ManifestRules.IsId(build.BuildId));

    private static TimeSpan Offline(Tier tier, EntitlementOptions options) =>
        tier switch
        {
            Tier.Pro => options.OfflinePro,
            Tier.Enterprise => options.OfflineEnterprise,
            _ => TimeSpan.Zero,
        };

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
