namespace Kilometers.Contracts;

/// <summary>A subscription tier, lowest first. The zero value is not a tier at all: nothing that asks for a tier may run under it.</summary>
public enum Tier
{
    /// <summary>Not known. Grants nothing.</summary>
    None = 0,

    /// <summary>Basic logging; needs no account.</summary>
    Free = 1,

    /// <summary>API logging and analytics.</summary>
    Pro = 2,

    /// <summary>Compliance, collaboration and everything below.</summary>
    Enterprise = 3,
}

/// <summary>Reads tiers as they are written on the wire and in manifests.</summary>
public static class TierText
{
    /// <summary>Reads <c>Free</c>, <c>Pro</c> or <c>Enterprise</c> without regard to case.</summary>
    /// <param name="text">The text; null and anything else give <see cref="Tier.None"/>.</param>
    /// <param name="tier">The tier, or <see cref="Tier.None"/>.</param>
    /// <returns>Whether <paramref name="text"/> names a tier.</returns>
    public static bool TryParse(string? text, out Tier tier)
    {
        tier = text?.ToUpperInvariant() switch
        {
            "FREE" => Tier.Free,
            "PRO" => Tier.Pro,
            "ENTERPRISE" => Tier.Enterprise,
            _ => Tier.None,
        };
        return tier != Tier.None;
    }
}
