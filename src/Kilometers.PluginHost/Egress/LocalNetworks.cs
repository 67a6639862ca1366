using System.Net;
using System.Net.NetworkInformation;

namespace Kilometers.PluginHost.Egress;

/// <summary>
/// The networks that this machine is a part of: its own addresses and its neighbours', as its interfaces and routes say. They may be public ones, of a
/// rented server for example; services that listen there expect the machine itself and its neighbours, not the internet.
/// </summary>
internal static class LocalNetworks
{
    /// <summary>Looks at the interfaces as they are now.</summary>
    /// <exception cref="NetworkInformationException">They cannot be seen.</exception>
    public static IReadOnlyList<IPNetwork> Read()
    {
        var interfaces = NetworkInterface.GetAllNetworkInterfaces();
        var neighbours = interfaces.Where(HasNeighbours).Select(network => network.Name).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. interfaces
                .SelectMany(network => network.GetIPProperties().UnicastAddresses)
                .Select(unicast => Of(unicast.Address, unicast.PrefixLength)),
            .. OnLinkRoutes.Read(neighbours.Contains),
        ];
    }

    /// <summary>What a tunnel reaches without a gateway may be the whole internet.</summary>
    private static bool HasNeighbours(NetworkInterface network) =>
        network.NetworkInterfaceType
            is NetworkInterfaceType.Ethernet
                or NetworkInterfaceType.Wireless80211
                or NetworkInterfaceType.Loopback;

    /// <summary>The network of an interface's address. One without a prefix has no neighbours: its network would be the whole internet.</summary>
    internal static IPNetwork Of(IPAddress address, int prefixLength)
    {
        var bytes = address.GetAddressBytes();
        var bits = bytes.Length * 8;
        var length = prefixLength is < 1 || prefixLength > bits ? bits : prefixLength;
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] &= (byte)(0xff00 >> Math.Clamp(length - (i * 8), 0, 8));
        return new IPNetwork(new IPAddress(bytes), length);
    }
}
