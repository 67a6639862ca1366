using Kilometers.Api.Access;
using Kilometers.Api.Configuration;
using Kilometers.Api.Events.Storage;
using Kilometers.Api.Http;
using Kilometers.Api.Insights;
using Kilometers.Api.Keys;
using Kilometers.Api.Plugins;
using Kilometers.Api.Storage;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;
using Microsoft.EntityFrameworkCore;

namespace Kilometers.Api.Customers;

/// <summary>
/// Deletes a customer with everything that is kept about it. In an order that can be repeated: should it break off, the customer is suspended
/// and the rest goes with the next try.
/// </summary>
internal sealed class CustomerDeletion(
    IDbContextFactory<ApiDatabase> databases,
    CustomerRegister register,
    KeyDirectory directory,
    IEventStore events,
    RevocationLists revocations,
    PublisherKeys publisher,
    ApiOptions options,
    ApiAudit audit,
    TimeProvider time
)
{
    /// <exception cref="KmException"><c>API_REQ_003</c>: there is no such customer. <c>API_REQ_004</c>: a package is being made for it.</exception>
    public async Task<CustomerDeletionRecord> DeleteAsync(string id, CancellationToken cancellationToken)
    {
        await register.SuspendAsync(id, suspend: true, cancellationToken).ConfigureAwait(false);
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        var builds = await database.Builds.Where(row => row.CustomerId == id).ToListAsync(cancellationToken).ConfigureAwait(false);
        var oldest = (time.GetUtcNow() - options.Limits.Build).ToUnixTimeMilliseconds();
        if (builds.Exists(build => build.FinishedAt is null && build.StartedAt > oldest))
            throw Problems.Conflict(
                "A package is being made for this customer",
                "The customer is suspended now; delete it again in a minute."
            );
        if (builds.Count > 0 && publisher.IsConfigured && publisher.Open().Authority is not null)
            await revocations
                .PublishAsync(
                    list => list with { Builds = [.. list.Builds.Union(builds.Select(build => build.Id))] },
                    $"customer={id}",
                    cancellationToken
                )
                .ConfigureAwait(false);
        var deleted = await events.DeleteAsync(id, cancellationToken).ConfigureAwait(false);
        var (keys, figures) = await DeleteRowsAsync(database, id, builds, cancellationToken).ConfigureAwait(false);
        directory.Forget();

        // What came before the last node heard of the suspension.
        deleted += await events.DeleteAsync(id, cancellationToken).ConfigureAwait(false);
        return new CustomerDeletionRecord
        {
            Id = id,
            Keys = keys,
            Builds = builds.Count,
            Events = deleted,
            Figures = figures,
        };
    }

    private async Task<(int Keys, long Figures)> DeleteRowsAsync(
        ApiDatabase database,
        string id,
        List<BuildRow> builds,
        CancellationToken cancellationToken
    )
    {
        await using var transaction = await database.Database.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await database.Builds.Where(row => row.CustomerId == id).ExecuteDeleteAsync(cancellationToken).ConfigureAwait(false);
        foreach (var digest in builds.Select(build => build.Digest).OfType<string>())
            await ContentStore.RemoveAsync(database, digest, cancellationToken).ConfigureAwait(false);
        await database.AuditHeads.Where(row => row.CustomerId == id).ExecuteDeleteAsync(cancellationToken).ConfigureAwait(false);
        var figures = await InsightStore.DeleteAsync(database, id, before: null, cancellationToken).ConfigureAwait(false);
        var keys = await database.ApiKeys.Where(row => row.CustomerId == id).ExecuteDeleteAsync(cancellationToken).ConfigureAwait(false);
        await database.Customers.Where(row => row.Id == id).ExecuteDeleteAsync(cancellationToken).ConfigureAwait(false);
        audit.Changed("customer.deleted", $"customer={id} keys={keys} builds={builds.Count}");
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return (keys, figures);
    }
}
