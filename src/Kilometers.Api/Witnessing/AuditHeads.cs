using System.Globalization;
using Kilometers.Api.Http;
using Kilometers.Api.Keys;
using Kilometers.Api.Storage;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;
using Kilometers.Entitlements.Tokens;
using Microsoft.EntityFrameworkCore;

namespace Kilometers.Api.Witnessing;

/// <summary>
/// Keeps where customers' audit logs stood, and signs that. A log may only grow: a head that contradicts a kept one is refused. No head is ever
/// replaced or deleted, however many come: who replaced a log could otherwise push out what proves it.
/// </summary>
internal sealed class AuditHeads(IDbContextFactory<ApiDatabase> databases, IssuerKeys issuers, ApiAudit audit, TimeProvider time)
{
    /// <summary>How many heads one customer may have witnessed.</summary>
    public const int MaxHeads = 100_000;

    /// <summary>How many receipts one answer holds.</summary>
    public const int PageSize = 1_000;

    /// <summary>Keeps a head.</summary>
    /// <returns>The receipt; that of the first time where it was kept before.</returns>
    /// <exception cref="KmException"><c>API_REQ_004</c>: another record had this number, the log was longer, or there are too many heads.</exception>
    public async Task<AuditReceipt> AddAsync(string customer, AuditHeadRequest head, CancellationToken cancellationToken)
    {
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        var log = database.AuditHeads.Where(row =>
            row.CustomerId == customer && row.Installation == head.Installation && row.Log == head.Log
        );
        var newest = await log.OrderByDescending(row => row.Seq).FirstOrDefaultAsync(cancellationToken).ConfigureAwait(false);
        if (newest?.Seq == head.Seq && newest.Hash == head.Hash)
            return await ReceiptAsync(newest, cancellationToken).ConfigureAwait(false);
        if (newest?.Seq >= head.Seq)
        {
            audit.Denied(
                "audit-head.refused",
                ErrorCode.ApiConflict,
                $"customer={customer} installation={head.Installation} seq={head.Seq} newest={newest.Seq}"
            );
            throw Problems.Conflict(
                "The audit log was seen in another state",
                newest.Seq > head.Seq ? $"Record {newest.Seq} was its last one before." : $"Record {newest.Seq} was another one before."
            );
        }

        await LimitAsync(database, customer, cancellationToken).ConfigureAwait(false);
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

        return await ReceiptAsync(row, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The receipts of an installation, log by log, the oldest of each first; at most <see cref="PageSize"/>.</summary>
    /// <param name="customer">Whose.</param>
    /// <param name="installation">Of which installation.</param>
    /// <param name="after">Behind which record of which log; null: from the beginning.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<AuditReceiptList> ListAsync(
        string customer,
        string installation,
        (string Log, long Seq)? after,
        CancellationToken cancellationToken
    )
    {
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        var all = database.AuditHeads.Where(row => row.CustomerId == customer && row.Installation == installation);
        if (after is var (log, seq))
            all = all.Where(row => string.Compare(row.Log, log) > 0 || (row.Log == log && row.Seq > seq));
        var rows = await all.OrderBy(row => row.Log)
            .ThenBy(row => row.Seq)
            .Take(PageSize + 1)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        var receipts = new List<AuditReceipt>();
        foreach (var row in rows.Take(PageSize))
            receipts.Add(await ReceiptAsync(row, cancellationToken).ConfigureAwait(false));
        return new AuditReceiptList
        {
            Receipts = receipts,
            Cursor =
                rows.Count > PageSize
                    ? string.Create(CultureInfo.InvariantCulture, $"{rows[PageSize - 1].Log}.{rows[PageSize - 1].Seq}")
                    : null,
        };
    }

    private static async Task LimitAsync(ApiDatabase database, string customer, CancellationToken cancellationToken)
    {
        var heads = await database.AuditHeads.CountAsync(row => row.CustomerId == customer, cancellationToken).ConfigureAwait(false);
        if (heads >= MaxHeads)
            throw Problems.Conflict("Too many states of audit logs are witnessed for this customer", $"The max is {MaxHeads}.");
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
        return new AuditReceipt
        {
            Receipt = row.Receipt,
            IssuerKey = Convert.ToBase64String(keys.First(key => key.Id == row.IssuerKeyId).PublicKey),
        };
    }
}
