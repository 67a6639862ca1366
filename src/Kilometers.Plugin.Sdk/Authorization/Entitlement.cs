using System.Collections.Frozen;
using Kilometers.Contracts;

namespace Kilometers.Plugin.Sdk.Authorization;

/// <summary>What the customer may use.</summary>
public sealed class Entitlement
{
    private readonly FrozenSet<string> _features;

    /// <summary>An entitlement.</summary>
    /// <param name="tier">The tier.</param>
    /// <param name="features">The features, compared exactly; null: none.</param>
    /// <param name="expiresAt">The end, exclusive; null: none.</param>
    /// <param name="token">The signed token that carries it; empty: none.</param>
    public Entitlement(Tier tier, IEnumerable<string>? features = null, DateTimeOffset? expiresAt = null, string token = "")
    {
        Token = token;
        Tier = tier;
        _features = (features ?? []).ToFrozenSet(StringComparer.Ordinal);
        ExpiresAt = expiresAt;
    }

    /// <summary>No entitlement: no tier, no feature.</summary>
    public static Entitlement None { get; } = new(Tier.None);

    /// <summary>The free tier, without an end and without features.</summary>
    public static Entitlement Free { get; } = new(Tier.Free);

    /// <summary>The tier.</summary>
    public Tier Tier { get; }

    /// <summary>The features, in no order.</summary>
    public IReadOnlyCollection<string> Features => _features;

    /// <summary>When it ends, exclusive; null if it does not.</summary>
    public DateTimeOffset? ExpiresAt { get; }

    /// <summary>The signed token that carries it, a bearer of the customer's rights at the API until it expires; empty without one. A secret.</summary>
    public string Token { get; }

    /// <summary>Whether a feature is part of it.</summary>
    /// <param name="feature">The feature's name, compared exactly.</param>
    public bool Has(string feature) => _features.Contains(feature);
}
