using Kilometers.Api.Http;
using Kilometers.Api.Keys;
using Kilometers.Api.Storage;
using Kilometers.Contracts;
using Kilometers.Packaging.Archive;
using Kilometers.Packaging.Trust;
using Microsoft.EntityFrameworkCore;

namespace Kilometers.Api.Plugins;

/// <summary>The list in force, read and as it is sent.</summary>
internal sealed record PublishedList(RevocationList List, byte[] File);

/// <summary>Publishes numbered revocation lists. The number is the row's key: of two nodes that publish at once, one begins again.</summary>
internal sealed class RevocationLists(IDbContextFactory<ApiDatabase> databases, PublisherKeys keys, ApiAudit audit, TimeProvider time)
{
    private const int MaxAttempts = 10;
    private static readonly TimeSpan Life = TimeSpan.FromDays(30);
    private volatile PublishedList? _last;

    /// <summary>The newest list; null: there is none.</summary>
    /// <exception cref="KmException"><c>PLG_SIG_007</c>: what is in the database cannot be used.</exception>
    public async Task<PublishedList?> NewestAsync(CancellationToken cancellationToken)
    {
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        var number = await database.RevocationLists.MaxAsync(row => (long?)row.Number, cancellationToken).ConfigureAwait(false) ?? 0;
        if (number == 0)
            return null;
        if (_last is { } last && last.List.Number == number)
            return last;
        var row = await database.RevocationLists.SingleAsync(row => row.Number == number, cancellationToken).ConfigureAwait(false);
        return _last = new PublishedList(Read(row), row.Content);
    }

    /// <summary>Signs and publishes the next list.</summary>
    /// <param name="change">What it says, from what the last one said; number and times are given to it.</param>
    /// <param name="detail">For the audit log.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="KmException"><c>KEY_STO_001</c>: the intermediate's key is not here. <c>PLG_SIG_007</c>: the list breaks a rule.</exception>
    public async Task<PublishedList> PublishAsync(
        Func<RevocationList, RevocationList> change,
        string detail,
        CancellationToken cancellationToken
    )
    {
        var authority = keys.Open().Authority
            ?? throw new KmException(
                new KmError(
                    ErrorCode.SigningKeys,
                    "Revocation lists cannot be signed here",
                    "The intermediate's private key is not in the folder of keys.",
                    "Sign the list with kmpkg keys revoke, and send it: km-api admin revocations import"
                )
            );
        for (var attempt = 1; ; attempt++)
        {
            var current = await NewestAsync(cancellationToken).ConfigureAwait(false);
            var now = DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds());
            var next = change(current?.List ?? RevocationList.Empty) with
            {
                Number = (current?.List.Number ?? 0) + 1,
                Issued = now,
                Expires = now + Life,
            };
            try
            {
                return await StoreAsync(RevocationList.Write(next, authority), detail, cancellationToken).ConfigureAwait(false);
            }
            catch (PackageFormatException e)
            {
                throw Refuse(e);
            }
            catch (DbUpdateException e) when (ApiDatabase.IsDuplicate(e) && attempt < MaxAttempts)
            {
                // Another node published this number; ours comes after it and keeps what it said.
            }
        }
    }

    /// <summary>Publishes a list that was signed elsewhere.</summary>
    /// <exception cref="KmException"><c>PLG_SIG_007</c>: it is not signed by our authority, or not newer than the last. <c>API_REQ_004</c>: another was published meanwhile.</exception>
    public async Task<PublishedList> ImportAsync(byte[] file, CancellationToken cancellationToken)
    {
        var current = await NewestAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var list = RevocationList.ReadSuccessor(file, [keys.Open().Root], time.GetUtcNow(), current?.List ?? RevocationList.Empty);
            return list.Number == current?.List.Number
                ? current
                : await StoreAsync(file, "imported", cancellationToken).ConfigureAwait(false);
        }
        catch (PackageFormatException e)
        {
            throw Refuse(e);
        }
        catch (DbUpdateException e) when (ApiDatabase.IsDuplicate(e))
        {
            throw Problems.Conflict("Another revocation list was published at the same time");
        }
    }

    private static KmException Refuse(PackageFormatException e) =>
        new(new KmError(ErrorCode.RevocationList, "The revocation list cannot be published", e.Message, "Correct what it says"));

    private async Task<PublishedList> StoreAsync(byte[] file, string detail, CancellationToken cancellationToken)
    {
        // What nobody would accept, like a list that revokes its own signer, is never published.
        var list = RevocationList.Read(file, [keys.Open().Root], time.GetUtcNow());
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        database.RevocationLists.Add(
            new RevocationListRow
            {
                Number = list.Number,
                Content = file,
                CreatedAt = time.GetUtcNow().ToUnixTimeMilliseconds(),
                ExpiresAt = list.Expires.ToUnixTimeMilliseconds(),
            }
        );
        await database
            .SaveAsync(() => audit.Changed("revocations.published", $"number={list.Number} {detail}"), cancellationToken)
            .ConfigureAwait(false);
        return _last = new PublishedList(list, file);
    }

    private RevocationList Read(RevocationListRow row)
    {
        try
        {
            // As of its day: that its signer has expired since takes nothing back.
            return RevocationList.Read(row.Content, [keys.Open().Root], DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAt));
        }
        catch (PackageFormatException e)
        {
            throw new KmException(
                new KmError(
                    ErrorCode.RevocationList,
                    "The revocation list in the database cannot be used",
                    e.Message,
                    "Publish the next one"
                )
            );
        }
    }
}
