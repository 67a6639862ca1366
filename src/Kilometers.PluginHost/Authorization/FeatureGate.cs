using Kilometers.Contracts;
using Kilometers.PluginHost.Policies;

namespace Kilometers.PluginHost.Authorization;

/// <summary>Whether something of km's own that belongs to a feature of the Enterprise tier may be used now.</summary>
internal static class FeatureGate
{
    /// <summary>What an administrator does not allow, no subscription gives.</summary>
    /// <param name="feature">The feature, such as <c>compliance_reporting</c>.</param>
    /// <param name="policy">The policies of this machine.</param>
    /// <returns>Why it may not be used, as the rest of a sentence; null if policy allows it.</returns>
    public static string? ForbiddenBy(PluginPolicy policy, string feature)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return policy.MaximumTier < Tier.Enterprise ? $"policy allows the tiers up to {policy.MaximumTier}"
            : policy.AllowedFeatures?.Contains(feature, StringComparer.Ordinal) == false ? $"policy does not allow {feature}"
            : null;
    }

    /// <param name="view">The entitlement as it is now. The feature decides, not the tier: a customer may have it in addition.</param>
    /// <param name="feature">The feature.</param>
    /// <returns>Why it may not be used, as the rest of a sentence; null if the subscription includes it.</returns>
    public static string? MissingIn(EntitlementView view, string feature)
    {
        ArgumentNullException.ThrowIfNull(view);
        return view.Token?.Features.Contains(feature) == true ? null : $"the subscription does not include {feature}";
    }
}
