using Kilometers.Api.Hosting;
using Kilometers.Api.Storage;
using Microsoft.EntityFrameworkCore;

namespace Kilometers.Api.Plugins;

/// <summary>
/// Deletes the bytes of customers' packages that nobody is offered any more: replaced, ended, or of a release that has a successor. What is
/// known about the build stays, for those who run it; should the release be offered again, its packages are made anew.
/// </summary>
internal sealed class PackageRetention(IDbContextFactory<ApiDatabase> databases, Releases releases, ContentStore contents, TimeProvider time, ILogger<PackageRetention> logger)
    : PeriodicService("deleting packages that nobody is offered any more", TimeSpan.FromHours(1), time, logger)
{
    /// <summary>Longer than any address of a download lives.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(2);

    private readonly TimeProvider _time = time;

    public override async Task RunAsync(CancellationToken cancellationToken)
    {
        var since = _time.GetUtcNow() - Kept;
        var before = since.ToUnixTimeMilliseconds();
        var offered = await releases.OfferedSinceAsync(since, cancellationToken).ConfigureAwait(false);
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        var old = await database.Builds.Where(build => build.Digest != null && build.FinishedAt < before && (!build.IsCurrent || !offered.Contains(build.ReleaseId)))
            .Select(build => new { build.Id, build.Digest }).ToListAsync(cancellationToken).ConfigureAwait(false);
        foreach (var build in old)
        {
            await database.Builds.Where(row => row.Id == build.Id).ExecuteUpdateAsync(set => set.SetProperty(row => row.IsCurrent, false).SetProperty(row => row.Digest, (string?)null), cancellationToken).ConfigureAwait(false);

            // A server that ends in between leaves bytes that nobody will ask for; no row refers to bytes that are gone.
            await contents.RemoveAsync(build.Digest!, cancellationToken).ConfigureAwait(false);
        }
    }
}
