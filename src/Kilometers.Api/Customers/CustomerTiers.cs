using Kilometers.Api.Events.Model;
using Kilometers.Api.Storage;
using Kilometers.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Kilometers.Api.Customers;

/// <summary>The tiers by which events are kept.</summary>
internal sealed class CustomerTiers(IDbContextFactory<ApiDatabase> databases) : ICustomerTiers
{
    public async Task<IReadOnlyDictionary<string, Tier>> TiersOfAsync(
        IReadOnlyCollection<string> customerIds,
        CancellationToken cancellationToken
    )
    {
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        return await database
            .Customers.Where(row => customerIds.Contains(row.Id))
            .ToDictionaryAsync(row => row.Id, row => row.Tier, cancellationToken)
            .ConfigureAwait(false);
    }
}
