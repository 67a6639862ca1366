using Kilometers.Api.Http;
using Kilometers.Api.Keys;
using Kilometers.Api.Storage;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;
using Kilometers.Entitlements.Tokens;
using Microsoft.EntityFrameworkCore;

namespace Kilometers.Api.Witnessing;

/// <summary>Keeps where customers' audit logs stood, and signs that. A log may only grow: a head that contradicts a kept one is refused.</summary>
internal sealed class AuditHeads(IDbContextFactory<ApiDatabase> databases, IssuerKeys issuers, ApiAudit audit, TimeProvider time)
{
    /// <summary>How many heads of one log are kept: enough to see from where on it was changed.</summary>
    public const int MaxHeads = 100;

    /// <summary>How many logs one customer may have witnessed.</summary>
    public const int MaxLogs = 1_000;

    /// <summary>Keeps a head.</summary>
    /// <returns>The receipt; that of the first time where it was kept before.</returns>
    /// <exception cref="KmException"><c>API_REQ_004</c>: another record had this number, the log was longer, or there are too many logs.</exception>
    public async Task<AuditReceipt> AddAsync(string customer, AuditHeadRequest head, CancellationToken cancellationToken)
    {
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        var log = database.AuditHeads.Where(row => row.CustomerId == customer && row.Installation == head.Installation && row.Log == head.Log);
        var newest = await log.OrderByDescending(row => row.Seq).FirstOrDefaultAsync(cancellationToken).ConfigureAwait(false);
        if (newest?.Seq == head.Seq && newest.Hash == head.Hash) return await ReceiptAsync(newest, cancellationToken).ConfigureAwait(false);
        if (newest?.Seq >= head.Seq)
        {
            audit.Denied("audit-head.refused", ErrorCode.ApiConflict, $"customer={customer} installation={head.Installation} seq={head.Seq} newest={newest.Seq}");
            throw Problems.Conflict("The audit log was seen in another state", newest.Seq > head.Seq ? $"Record {newest.Seq} was its last one before." : $"Record {newest.Seq} was another one before.");
        }

        if (newest is null) await LimitAsync(database, customer, cancellationToken).ConfigureAwait(false);
        var row = await SignAsync(customer, head, cancellationToken).ConfigureAwait(false);
        database.AuditHeads.Add(row);
        try
        {
            await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (DbUpdateException e) when (ApiDatabase.IsDuplicate(e))
        {
            throw Problems.Conflict("The same head is being sent by another session");
        }

        var old = await log.OrderByDescending(kept => kept.Seq).Skip(MaxHeads).Select(kept => (long?)kept.Seq).FirstOrDefaultAsync(cancellationToken).ConfigureAwait(false);
        if (old is not null) await log.Where(kept => kept.Seq <= old).ExecuteDeleteAsync(cancellationToken).ConfigureAwait(false);
        return await ReceiptAsync(row, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The newest receipts of an installation, of all of its logs, the newest first.</summary>
    public async Task<AuditReceiptList> ListAsync(string customer, string installation, CancellationToken cancellationToken)
    {
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        var rows = await database.AuditHeads.Where(row => row.CustomerId == customer && row.Installation == installation)
            .OrderByDescending(row => row.Time).ThenByDescending(row => row.Seq).Take(MaxHeads).ToListAsync(cancellationToken).ConfigureAwait(false);
        var receipts = new List<AuditReceipt>();
        foreach (var row in rows) receipts.Add(await ReceiptAsync(row, cancellationToken).ConfigureAwait(false));
        return new AuditReceiptList { Receipts = receipts };
    }

    private static async Task LimitAsync(ApiDatabase database, string customer, CancellationToken cancellationToken)
    {
        var logs = await database.AuditHeads.Where(row => row.CustomerId == customer).Select(row => new { row.Installation, row.Log }).Distinct().CountAsync(cancellationToken).ConfigureAwait(false);
        if (logs >= MaxLogs) throw Problems.Conflict("Too many audit logs of this customer are witnessed", $"The max is {MaxLogs}.");
    }

    private async Task<AuditHeadRow> SignAsync(string customer, AuditHeadRequest head, CancellationToken cancellationToken)
    {
        var issuer = await issuers.CurrentAsync(cancellationToken).ConfigureAwait(false);
        using var key = issuers.Open(issuer.Id);
        var now = time.GetUtcNow();
        var token = new AuditReceiptToken
        {
            Issuer = issuers.Issuer,
            CustomerId = customer,
            IssuedAt = now.ToUnixTimeSeconds(),
            Installation = head.Installation,
            Log = head.Log,
            Seq = head.Seq,
            Hash = head.Hash,
        };
        return new AuditHeadRow
        {
            CustomerId = customer,
            Installation = head.Installation,
            Log = head.Log,
            Seq = head.Seq,
            Hash = head.Hash,
            Time = now.ToUnixTimeMilliseconds(),
            Receipt = token.Sign(key),
            IssuerKeyId = issuer.Id,
        };
    }

    private async Task<AuditReceipt> ReceiptAsync(AuditHeadRow row, CancellationToken cancellationToken)
    {
        var keys = await issuers.ListAsync(cancellationToken).ConfigureAwait(false);
        return new AuditReceipt { Receipt = row.Receipt, IssuerKey = Convert.ToBase64String(keys.First(key => key.Id == row.IssuerKeyId).PublicKey) };
    }
}
