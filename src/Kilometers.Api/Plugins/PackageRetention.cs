using Kilometers.Api.Http;
using Kilometers.Api.Storage;
using Microsoft.EntityFrameworkCore;

namespace Kilometers.Api.Plugins;

/// <summary>
/// Deletes the bytes of customers' packages that nobody is offered any more: replaced, ended, or of a release that has a successor. What is
/// known about the build stays, for those who run it; if the release is offered again, its packages are rebuilt.
/// </summary>
internal sealed class PackageRetention(
    IDbContextFactory<ApiDatabase> databases,
    Releases releases,
    TimeProvider time,
    ILogger<PackageRetention> logger
) : PeriodicService("deleting packages that nobody is offered any more", TimeSpan.FromHours(1), time, logger)
{
    /// <summary>Longer than any address of a download lives.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(2);

    public override async Task RunAsync(CancellationToken cancellationToken)
    {
        var since = Time.GetUtcNow() - Kept;
        var before = since.ToUnixTimeMilliseconds();
        var offered = await releases.OfferedSinceAsync(since, cancellationToken).ConfigureAwait(false);
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        var old = await database
            .Builds.Where(build =>
                build.Digest != null && build.FinishedAt < before && (!build.IsCurrent || !offered.Contains(build.ReleaseId))
            )
            .Select(build => new { build.Id, build.Digest })
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        foreach (var build in old)
        {
            await using var transaction = await database.Database.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            await database
                .Builds.Where(row => row.Id == build.Id)
                .ExecuteUpdateAsync(
                    set => set.SetProperty(row => row.IsCurrent, false).SetProperty(row => row.Digest, (string?)null),
                    cancellationToken
                )
                .ConfigureAwait(false);
            await ContentStore.RemoveAsync(database, build.Digest!, cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
