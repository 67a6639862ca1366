using Kilometers.Api.Configuration;

namespace Kilometers.Api.Events.Model;

/// <summary>How long whose events are kept: whole days, by the time in an event's id.</summary>
internal sealed class EventRetention(EventOptions options, ICustomerTiers tiers)
{
    /// <summary>The first day of which anything is kept.</summary>
    public int FirstDay(DateTimeOffset now) => FirstDay(now, options.MaxDays);

    /// <summary>The first day of which everything is kept.</summary>
    public int FirstWholeDay(DateTimeOffset now) => FirstDay(now, options.MinDays);

    /// <summary>The first day of which something is kept, for each of some customers.</summary>
    public async Task<IReadOnlyDictionary<string, int>> FirstDaysAsync(
        IReadOnlyCollection<string> customerIds,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var known = await tiers.TiersOfAsync(customerIds, cancellationToken).ConfigureAwait(false);
        return customerIds.ToDictionary(
            id => id,
            id => FirstDay(now, known.TryGetValue(id, out var tier) ? options.DaysOf(tier) : options.MaxDays)
        );
    }

    private static int FirstDay(DateTimeOffset now, int days) => EventIdentifier.DayOf(now.AddDays(-days));
}
