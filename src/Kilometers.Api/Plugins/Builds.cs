using Kilometers.Api.Http;
using Kilometers.Api.Keys;
using Kilometers.Api.Storage;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;
using Kilometers.Contracts.Packages;
using Microsoft.EntityFrameworkCore;

namespace Kilometers.Api.Plugins;

/// <summary>Builds that were made.</summary>
internal sealed class Builds(
    IDbContextFactory<ApiDatabase> databases,
    RevocationLists revocations,
    PublisherKeys publisher,
    ApiAudit audit,
    TimeProvider time
)
{
    private const int MaxListed = 1_000;

    public async Task<BuildRow?> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (!ManifestRules.IsId(id))
            return null;
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        return await database.Builds.SingleOrDefaultAsync(row => row.Id == id, cancellationToken).ConfigureAwait(false);
    }

    public async Task<IReadOnlyList<BuildRecord>> ListAsync(string? customerId, string? plugin, CancellationToken cancellationToken)
    {
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        var found = await (
            from build in database.Builds
            join release in database.Releases on build.ReleaseId equals release.Id
            where (customerId == null || build.CustomerId == customerId) && (plugin == null || release.Name == plugin)
            orderby build.StartedAt descending, build.Id
            select new { build, release }
        )
            .Take(MaxListed)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        return [.. found.Select(each => Record(each.build, each.release))];
    }

    /// <summary>Ends a build: no download, no entitlement, and, where lists can be signed here, hosts learn of it from the next list.</summary>
    /// <exception cref="KmException"><c>API_REQ_003</c>: there is no such build.</exception>
    public async Task RevokeAsync(string id, CancellationToken cancellationToken)
    {
        await using (var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false))
        {
            var row = await database.Builds.AsTracking().SingleOrDefaultAsync(row => row.Id == id, cancellationToken).ConfigureAwait(false)
                ?? throw Problems.NotFound("build");
            row.RevokedAt ??= time.GetUtcNow().ToUnixTimeMilliseconds();
            row.IsCurrent = false;
            await database
                .SaveAsync(
                    () => audit.Changed("build.revoked", $"customer={row.CustomerId} build={id}", digest: row.Digest),
                    cancellationToken
                )
                .ConfigureAwait(false);
        }

        if (publisher.IsConfigured && publisher.Open().Authority is not null)
            await revocations
                .PublishAsync(
                    list => list.Builds.Contains(id) ? list : list with { Builds = [.. list.Builds, id] },
                    $"build={id}",
                    cancellationToken
                )
                .ConfigureAwait(false);
    }

    private static BuildRecord Record(BuildRow build, ReleaseRow release) =>
        new()
        {
            Id = build.Id,
            CustomerId = build.CustomerId,
            KeyId = build.KeyId,
            Release = Releases.Record(release),
            IssuerKeyId = build.IssuerKeyId,
            SignerSerial = build.SignerSerial,
            Sha256 = build.Digest,
            Size = build.Size,
            IsCurrent = build.IsCurrent,
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(build.StartedAt),
            RevokedAt = Ids.Time(build.RevokedAt),
        };
}
