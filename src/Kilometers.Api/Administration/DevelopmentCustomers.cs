using Kilometers.Api.Customers;
using Kilometers.Contracts;

namespace Kilometers.Api.Administration;

/// <summary>One customer per tier, for trying things out; made once.</summary>
internal static class DevelopmentCustomers
{
    private static readonly Tier[] Tiers = [Tier.Free, Tier.Pro, Tier.Enterprise];

    /// <summary>Makes those that are not there.</summary>
    /// <param name="register">Where.</param>
    /// <param name="show">Gets a line for each key that was made; nobody sees it again.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task SeedAsync(CustomerRegister register, Action<string> show, CancellationToken cancellationToken)
    {
        var after = "";
        var known = new HashSet<string>();
        while (await register.ListAsync(after, 1_000, cancellationToken).ConfigureAwait(false) is { Count: > 0 } some)
        {
            known.UnionWith(some.Select(row => row.Id));
            after = some[^1].Id;
        }

        foreach (var tier in Tiers)
        {
            var id = $"cus_dev_{tier}".ToLowerInvariant();
            if (known.Contains(id))
                continue;
            await register.CreateAsync($"Development {tier}", tier, id, cancellationToken).ConfigureAwait(false);
            var created = await register.CreateKeyAsync(id, "development", expiresAt: null, cancellationToken).ConfigureAwait(false);
            show($"{tier, -10} {id, -20} {created.Key}");
        }
    }
}
