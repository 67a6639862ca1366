namespace Kilometers.Plugin.Sdk.Authorization;

/// <summary>What the host presents so that the plugin may run. Comes before Initialize and again on every refresh.</summary>
public sealed class AuthenticationRequest
{
    /// <summary>The signed entitlement; empty without one. Not verified yet.</summary>
    public string EntitlementToken { get; init; } = "";

    /// <summary>What the host asked the API with: where it is given, the entitlement must repeat it.</summary>
    public ReadOnlyMemory<byte> Nonce { get; init; }

    /// <summary>The host's clock, UTC; null under contract version 1.</summary>
    public DateTimeOffset? HostTime { get; init; }

    /// <summary>The plugin's own key under contract version 1; empty otherwise. A secret.</summary>
    public string ApiKey { get; init; } = "";
}
