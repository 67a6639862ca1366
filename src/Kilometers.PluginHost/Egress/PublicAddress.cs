using System.Net;
using System.Net.Sockets;

namespace Kilometers.PluginHost.Egress;

/// <summary>
/// Which addresses are those of the public internet. Everything that IANA's registries of special-purpose addresses (RFC 6890 and its
/// updates) keep for something else is not: this machine, private and shared networks, link-local, multicast, documentation, and IPv6
/// addresses that stand for such an IPv4 address. A plugin with a name on the internet must not get behind the user's firewall by it.
/// </summary>
internal static class PublicAddress
{
    private static readonly IPNetwork[] NotPublic4 =
    [
        IPNetwork.Parse("0.0.0.0/8"),
        IPNetwork.Parse("10.0.0.0/8"),
        IPNetwork.Parse("100.64.0.0/10"),
        IPNetwork.Parse("127.0.0.0/8"),
        IPNetwork.Parse("169.254.0.0/16"),
        IPNetwork.Parse("172.16.0.0/12"),
        IPNetwork.Parse("192.0.0.0/24"),
        IPNetwork.Parse("192.0.2.0/24"),
        IPNetwork.Parse("192.88.99.0/24"),
        IPNetwork.Parse("192.168.0.0/16"),
        IPNetwork.Parse("198.18.0.0/15"),
        IPNetwork.Parse("198.51.100.0/24"),
        IPNetwork.Parse("203.0.113.0/24"),
        IPNetwork.Parse("224.0.0.0/4"),
        IPNetwork.Parse("240.0.0.0/4"),
    ];

    /// <summary>All that is assigned to the public is in here, and of this not what follows.</summary>
    private static readonly IPNetwork Global6 = IPNetwork.Parse("2000::/3");

    private static readonly IPNetwork[] NotPublic6 =
    [
        IPNetwork.Parse("2001::/23"),
        IPNetwork.Parse("2001:db8::/32"),
        IPNetwork.Parse("2002::/16"),
        IPNetwork.Parse("3fff::/20"),
    ];

    /// <summary>A network without IPv4 reaches it by these (RFC 6052): as public as the IPv4 address at their end.</summary>
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");

    /// <param name="address">The address.</param>
    /// <param name="local">The networks that this machine is a part of: public or not, they are behind the user's firewall.</param>
    public static bool Is(IPAddress address, IReadOnlyList<IPNetwork> local)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (local.Any(network => network.Contains(address)))
            return false;
        if (address.AddressFamily == AddressFamily.InterNetwork)
            return !NotPublic4.Any(network => network.Contains(address));
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return false;
        if (Nat64.Contains(address))
            return Is(new IPAddress(address.GetAddressBytes().AsSpan(12)), local);
        return Global6.Contains(address) && !NotPublic6.Any(network => network.Contains(address));
    }
}
