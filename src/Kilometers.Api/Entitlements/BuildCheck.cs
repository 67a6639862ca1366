using Kilometers.Api.Access;
using Kilometers.Api.Plugins;
using Kilometers.Api.Storage;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;
using Kilometers.Packaging.Trust;
using Microsoft.EntityFrameworkCore;

namespace Kilometers.Api.Entitlements;

/// <summary>What was decided about one installed build.</summary>
/// <param name="Decision">The answer.</param>
/// <param name="Build">The build, if it is the customer's.</param>
internal sealed record CheckedBuild(BuildDecision Decision, BuildRow? Build);

/// <summary>Decides which installed builds may run.</summary>
internal sealed class BuildCheck(
    IDbContextFactory<ApiDatabase> databases,
    RevocationLists revocations,
    RefusedAttempts refused,
    TimeProvider time
)
{
    /// <summary>Decides about each build; denials are recorded.</summary>
    public async Task<IReadOnlyList<CheckedBuild>> CheckAsync(
        Caller caller,
        IReadOnlyList<InstalledBuild> installed,
        CancellationToken cancellationToken
    )
    {
        if (installed.Count == 0)
            return [];
        var list = (await revocations.NewestAsync(cancellationToken).ConfigureAwait(false))?.List ?? RevocationList.Empty;
        var ids = installed.Select(each => each.BuildId).ToList();
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        var found = await (
            from build in database.Builds
            join release in database.Releases on build.ReleaseId equals release.Id
            join key in database.ApiKeys on build.KeyId equals key.Id
            where ids.Contains(build.Id)
            select new
            {
                build,
                release,
                key,
            }
        )
            .ToDictionaryAsync(each => each.build.Id, cancellationToken)
            .ConfigureAwait(false);
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        return
        [
            .. installed.Select(each =>
            {
                var known = found.GetValueOrDefault(each.BuildId);
                if (
                    known is null
                    || known.build.CustomerId != caller.CustomerId
                    || known.release.Name != each.Name
                    || known.release.Version != each.Version
                )
                    return Deny(caller, each, null, ErrorCode.EntitlementDenied, "This build was not made for this customer");
                if (!known.key.IsValidAt(now))
                    return Deny(
                        caller,
                        each,
                        known.build,
                        ErrorCode.EntitlementDenied,
                        "The API key that it was made for is revoked or has expired: km plugins refresh"
                    );
                if (known.build.RevokedAt is not null || list.Builds.Contains(each.BuildId))
                    return Deny(caller, each, known.build, ErrorCode.Revoked, "This build was revoked: km plugins refresh");
                if (
                    Releases.IsRevoked(list, known.release)
                    || list.Payloads.Contains(known.build.PayloadDigest)
                    || list.Certificates.Contains(known.build.SignerSerial)
                )
                    return Deny(
                        caller,
                        each,
                        known.build,
                        ErrorCode.Revoked,
                        "This version, or its signer, was revoked: km plugins refresh"
                    );
                if (caller.Tier < known.release.RequiredTier)
                    return Deny(caller, each, known.build, ErrorCode.TierTooLow, $"It requires {known.release.RequiredTier} subscription");
                return new CheckedBuild(
                    new BuildDecision
                    {
                        Name = each.Name,
                        BuildId = each.BuildId,
                        Allowed = true,
                    },
                    known.build
                );
            }),
        ];
    }

    private CheckedBuild Deny(Caller caller, InstalledBuild installed, BuildRow? build, string code, string why)
    {
        refused.Add(
            "entitlement.denied",
            code,
            $"customer={caller.CustomerId} key={caller.KeyId} build={installed.BuildId}",
            installed.Name
        );
        return new CheckedBuild(
            new BuildDecision
            {
                Name = installed.Name,
                BuildId = installed.BuildId,
                Allowed = false,
                Code = code,
                Detail = why,
            },
            build
        );
    }
}
