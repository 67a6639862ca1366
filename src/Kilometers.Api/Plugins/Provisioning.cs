using Kilometers.Api.Access;
using Kilometers.Api.Configuration;
using Kilometers.Api.Http;
using Kilometers.Api.Keys;
using Kilometers.Api.Storage;
using Kilometers.Contracts;
using Kilometers.Packaging.Trust;
using Microsoft.EntityFrameworkCore;

namespace Kilometers.Api.Plugins;

/// <summary>
/// One package per release and customer's key, built when it is first asked for. Single flight among all nodes: who inserts the row builds,
/// everybody else waits for it. A node that died while it was building is given up after <see cref="LimitOptions.Build"/>.
/// </summary>
internal sealed class Provisioning(
    IDbContextFactory<ApiDatabase> databases,
    CustomerBuild builder,
    PublisherKeys publisher,
    IssuerKeys issuers,
    RevocationLists revocations,
    LimitOptions limits,
    ApiAudit audit,
    TimeProvider time
)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(25);

    /// <summary>Finds or makes the package of a release for who asks.</summary>
    /// <returns>The finished build.</returns>
    /// <exception cref="KmException"><c>KEY_STO_001</c>: it cannot be signed here. <c>API_LIM_002</c>: another node takes too long.</exception>
    public async Task<BuildRow> ProvisionAsync(Caller caller, ReleaseRow release, CancellationToken cancellationToken)
    {
        var begin = time.GetTimestamp();
        while (time.GetElapsedTime(begin) < 2 * limits.Build)
        {
            var current = await FindAsync(caller, release, cancellationToken).ConfigureAwait(false);
            if (current is null)
            {
                if (await TryBeginAsync(caller, release, cancellationToken).ConfigureAwait(false) is { } mine)
                    return await MakeAsync(caller, release, mine, cancellationToken).ConfigureAwait(false);
            }
            else if (current.FinishedAt is null)
            {
                if (current.StartedAt < time.GetUtcNow().Subtract(limits.Build).ToUnixTimeMilliseconds())
                    await EndAsync(current.Id, cancellationToken).ConfigureAwait(false);
                else
                    await Task.Delay(LookInterval, time, cancellationToken).ConfigureAwait(false);
            }
            else if (await IsUsableAsync(current, cancellationToken).ConfigureAwait(false))
            {
                return current;
            }
            else
            {
                await EndAsync(current.Id, cancellationToken).ConfigureAwait(false);
            }
        }

        throw new KmException(new KmError(ErrorCode.ApiBusy, "The package takes too long to build", Hint: "Try again in a minute"));
    }

    private async Task<BuildRow?> FindAsync(Caller caller, ReleaseRow release, CancellationToken cancellationToken)
    {
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        return await database
            .Builds.SingleOrDefaultAsync(
                row => row.CustomerId == caller.CustomerId && row.ReleaseId == release.Id && row.KeyId == caller.KeyId && row.IsCurrent,
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    /// <returns>The row that makes this request the builder; null if another was first.</returns>
    private async Task<BuildRow?> TryBeginAsync(Caller caller, ReleaseRow release, CancellationToken cancellationToken)
    {
        var row = new BuildRow
        {
            Id = Ids.New("bld"),
            CustomerId = caller.CustomerId,
            ReleaseId = release.Id,
            KeyId = caller.KeyId,
            IssuerKeyId = (await issuers.CurrentAsync(cancellationToken).ConfigureAwait(false)).Id,
            SignerSerial = publisher.OpenForSigning().Serial,
            StartedAt = time.GetUtcNow().ToUnixTimeMilliseconds(),
            IsCurrent = true,
        };
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        database.Builds.Add(row);
        try
        {
            await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
            return row;
        }
        catch (DbUpdateException e) when (ApiDatabase.IsDuplicate(e))
        {
            return null;
        }
    }

    private async Task<BuildRow> MakeAsync(Caller caller, ReleaseRow release, BuildRow row, CancellationToken cancellationToken)
    {
        try
        {
            var made = await builder.MakeAsync(caller, release, row, cancellationToken).ConfigureAwait(false);
            await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);

            // Only if nobody gave us up meanwhile, or revoked it.
            var stored = await database
                .Builds.AsTracking()
                .SingleAsync(build => build.Id == row.Id, cancellationToken)
                .ConfigureAwait(false);
            if (!stored.IsCurrent)
                throw new KmException(new KmError(ErrorCode.ApiBusy, "The package takes too long to build", Hint: "Try again in a minute"));
            (stored.Digest, stored.Size, stored.FileName, stored.PayloadDigest) = (
                made.Digest,
                made.Size,
                made.FileName,
                made.PayloadDigest
            );
            stored.FinishedAt = time.GetUtcNow().ToUnixTimeMilliseconds();
            await database
                .SaveAsync(
                    () =>
                        audit.Changed(
                            "build.made",
                            $"customer={caller.CustomerId} key={caller.KeyId} build={row.Id} signer={row.SignerSerial}",
                            release.Name,
                            release.Version,
                            made.Digest
                        ),
                    cancellationToken
                )
                .ConfigureAwait(false);
            return stored;
        }
        catch
        {
            // The next request starts again, at once.
            await EndAsync(row.Id, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Whether a host would still accept it.</summary>
    private async Task<bool> IsUsableAsync(BuildRow build, CancellationToken cancellationToken)
    {
        var keys = await issuers.ListAsync(cancellationToken).ConfigureAwait(false);
        if (!keys.Any(key => key.Id == build.IssuerKeyId && key.RetiredAt is null))
            return false;
        if (build.SignerSerial == publisher.OpenForSigning().Serial)
            return true;

        // The leaf was changed: an old package is good until that leaf is revoked. When it expires is not known here, so half a year must do.
        var list = (await revocations.NewestAsync(cancellationToken).ConfigureAwait(false))?.List ?? RevocationList.Empty;
        return !list.Certificates.Contains(build.SignerSerial)
            && build.FinishedAt > time.GetUtcNow().Subtract(LeafCertificate.Life / 2).ToUnixTimeMilliseconds();
    }

    private async Task EndAsync(string id, CancellationToken cancellationToken)
    {
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        await database
            .Builds.Where(row => row.Id == id)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.IsCurrent, false), cancellationToken)
            .ConfigureAwait(false);
    }
}
