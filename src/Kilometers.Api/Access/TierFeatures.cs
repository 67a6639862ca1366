using Kilometers.Api.Storage;
using Kilometers.Contracts;

namespace Kilometers.Api.Access;

/// <summary>What each tier includes: the one table.</summary>
internal static class TierFeatures
{
    private static readonly string[] Pro = ["api_logging", "advanced_analytics", "opentelemetry"];
    private static readonly string[] Enterprise = [.. Pro, "ml_features", "compliance_reporting", "team_collaboration", "interception"];

    /// <summary>All features that can be added or taken.</summary>
    public static IReadOnlyList<string> Known => Enterprise;

    /// <summary>The features of a customer, sorted.</summary>
    public static IReadOnlySet<string> Of(CustomerRow customer)
    {
        var features = new SortedSet<string>(
            customer.Tier switch
            {
                Tier.Pro => Pro,
                Tier.Enterprise => Enterprise,
                _ => [],
            },
            StringComparer.Ordinal
        );
        features.UnionWith(Words(customer.FeaturesAdded));
        features.ExceptWith(Words(customer.FeaturesRemoved));
        return features;
    }

    public static IReadOnlyList<string> Words(string list) => list.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
