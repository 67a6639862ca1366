using Kilometers.Contracts.Packages;

namespace Kilometers.PluginHost.Egress;

/// <summary>What a plugin may reach under one name. The zero value is nothing.</summary>
internal enum Reach
{
    /// <summary>It may not connect there.</summary>
    None = 0,

    /// <summary>Addresses of the public internet only.</summary>
    Public,

    /// <summary>Whatever address the name has: somebody who may decide that did so for exactly this host and port.</summary>
    Anywhere,
}

/// <summary>
/// What one plugin may connect to: the entries of its signed manifest, each exactly. There are no wildcards: who reads
/// <c>km plugins install</c>'s summary sees all of it.
/// </summary>
internal sealed class NetworkGrant
{
    private readonly Dictionary<HostPort, Reach> _targets = [];

    /// <summary>Nothing.</summary>
    public static NetworkGrant None { get; } = new();

    /// <summary>Whether there is nothing that it may connect to.</summary>
    public bool IsEmpty => _targets.Count == 0;

    /// <param name="network">The manifest's <c>capabilities.network</c>.</param>
    /// <param name="apiEndpoint">The API that the user is signed in to; empty: none, and then its entry grants nothing.</param>
    /// <param name="allowPrivate">What the administrator lets plugins reach whatever its address is, as <c>host:port</c>. Grants nothing by itself.</param>
    /// <param name="settings">The user's settings of the plugin; null: none.</param>
    public static NetworkGrant Of(
        IReadOnlyList<string> network,
        string apiEndpoint,
        IReadOnlyList<string> allowPrivate,
        IReadOnlyDictionary<string, string>? settings = null
    )
    {
        var grant = new NetworkGrant();
        foreach (var entry in network)
        {
            if (NetworkEntry.SettingOf(entry) is { } setting)
            {
                // The user named that host and port, wherever it is: a collector is often on this machine.
                if (settings?.GetValueOrDefault(setting) is { } value && Target(value) is { } named)
                    grant._targets[named] = Reach.Anywhere;
            }
            else if (entry == NetworkEntry.KilometersApi)
            {
                // The user signed in to that address, wherever it is: a self-hosted API has a private one.
                if (Uri.TryCreate(apiEndpoint, UriKind.Absolute, out var url))
                    grant._targets[HostPort.Of(url)] = Reach.Anywhere;
            }
            else if (HostPort.TryParse(entry, out var target) && grant.ReachOf(target) == Reach.None)
            {
                grant._targets[target] = allowPrivate.Any(allowed => HostPort.TryParse(allowed, out var other) && other == target)
                    ? Reach.Anywhere
                    : Reach.Public;
            }
        }

        return grant;
    }

    /// <summary>The host and port of a URL, or of <c>host:port</c>.</summary>
    private static HostPort? Target(string text) =>
        text.Contains("://", StringComparison.Ordinal)
            ? Uri.TryCreate(text.Trim(), UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.Host.Length > 0
                ? HostPort.Of(url)
                : null
            : HostPort.TryParse(text.Trim(), out var target)
                ? target
                : null;

    public Reach ReachOf(HostPort target) => _targets.GetValueOrDefault(target);

    public override string ToString() => string.Join(", ", _targets.Keys);
}
