using Kilometers.Contracts;

namespace Kilometers.Api.Events.Model;

/// <summary>Which tier customers have.</summary>
internal interface ICustomerTiers
{
    /// <summary>The tiers of some customers; those that are not known are left out, and their events are kept as long as any are.</summary>
    Task<IReadOnlyDictionary<string, Tier>> TiersOfAsync(IReadOnlyCollection<string> customerIds, CancellationToken cancellationToken);
}
