using Kilometers.Api.Http;
using Kilometers.Api.Plugins;
using Kilometers.Api.Storage;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;
using Kilometers.Contracts.Packages;
using Kilometers.Packaging.Archive;
using Kilometers.Packaging.Building;
using Kilometers.Packaging.Verification;
using Microsoft.EntityFrameworkCore;

namespace Kilometers.Api.Updates;

/// <summary>
/// Releases of km itself, as their publisher signed them. Nothing is signed here. The signer's certificate must be one for releases of km;
/// whose it is is not asked: each km decides that by the root that was built into it, so that this server can neither make an update nor
/// vouch for one.
/// </summary>
internal sealed class KmReleases(
    IDbContextFactory<ApiDatabase> databases,
    ContentStore contents,
    RevocationLists revocations,
    ApiAudit audit,
    TimeProvider time
)
{
    private const int MaxListed = 100;

    /// <summary>Keeps a release, after everything was checked but whose signature it is.</summary>
    /// <param name="package">The package, seekable.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PackageFormatException">It is damaged, not signed, signed by a certificate for plugins, or no release of km.</exception>
    /// <exception cref="KmException"><c>API_REQ_004</c>: this version or this sequence is there already, or a lower one than the newest.</exception>
    public async Task<KmReleaseRow> PublishAsync(Stream package, CancellationToken cancellationToken)
    {
        package.Position = 0;
        var manifest = PackageSigning.CheckSigned(package, PackageKind.Km, cancellationToken);
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        var newest = await database
            .KmReleases.Where(row => row.Os == manifest.Os && row.Arch == manifest.Arch)
            .MaxAsync(row => (long?)row.ReleaseSequence, cancellationToken)
            .ConfigureAwait(false)
            ?? 0;
        if (newest >= manifest.ReleaseSequence)
            throw Problems.NotNewer(manifest.ReleaseSequence, newest, manifest.Os, manifest.Arch);
        var release = new KmReleaseRow
        {
            Id = Ids.New("kmr"),
            Version = manifest.Version,
            Os = manifest.Os,
            Arch = manifest.Arch,
            ReleaseSequence = manifest.ReleaseSequence,
            Digest = await contents.AddAsync(package, cancellationToken).ConfigureAwait(false),
            Size = package.Length,
            CreatedAt = time.GetUtcNow().ToUnixTimeMilliseconds(),
        };
        database.KmReleases.Add(release);
        try
        {
            await database
                .SaveAsync(
                    () =>
                        audit.Changed(
                            "km.published",
                            $"release={release.Id} platform={release.Os}-{release.Arch}",
                            KmRelease.Name,
                            release.Version,
                            release.Digest
                        ),
                    cancellationToken
                )
                .ConfigureAwait(false);
        }
        catch (DbUpdateException e) when (ApiDatabase.IsDuplicate(e))
        {
            throw Problems.PublishedAlready(KmRelease.Name, release.Version, release.Os, release.Arch);
        }

        return release;
    }

    /// <summary>What km may be updated to, the newest first; all platforms where none is named.</summary>
    public async Task<IReadOnlyList<KmReleaseRow>> ListAsync(Platform? platform, CancellationToken cancellationToken)
    {
        var list = (await revocations.NewestAsync(cancellationToken).ConfigureAwait(false))?.List;
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        var rows = database.KmReleases.Where(row => platform == null || (row.Os == platform.Os && row.Arch == platform.Arch));
        var all = await rows.OrderByDescending(row => row.ReleaseSequence)
            .ThenBy(row => row.Id)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        return
        [
            .. all.Where(row => list is null || !list.Versions.Any(range => range.Contains(KmRelease.Name, row.Version))).Take(MaxListed),
        ];
    }

    public async Task<KmReleaseRow?> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (!ManifestRules.IsId(id))
            return null;
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        return await database.KmReleases.SingleOrDefaultAsync(row => row.Id == id, cancellationToken).ConfigureAwait(false);
    }

    public static KmReleaseRecord Record(KmReleaseRow row) =>
        new()
        {
            Id = row.Id,
            Version = row.Version,
            Platform = $"{row.Os}-{row.Arch}",
            ReleaseSequence = row.ReleaseSequence,
            Size = row.Size,
            Sha256 = row.Digest,
            DownloadUrl = $"/api/km/download/{row.Id}",
            PublishedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAt),
        };
}
