using System.Buffers.Binary;
using System.Globalization;
using System.Net;

namespace Kilometers.PluginHost.Egress;

/// <summary>
/// The networks that the kernel reaches without a gateway. Rented servers often have an address without neighbours (/32), and a route that
/// says who they are. Linux only.
/// </summary>
internal static class OnLinkRoutes
{
    private const string File4 = "/proc/net/route";
    private const string File6 = "/proc/net/ipv6_route";

    /// <summary>A route that is wider is one to the internet: this machine's provider answers for everybody.</summary>
    private const int MinPrefix4 = 8;
    private const int MinPrefix6 = 16;

    /// <summary>RTF_GATEWAY and RTF_REJECT (linux/route.h).</summary>
    private const uint Elsewhere = 0x2 | 0x200;

    /// <summary>Reads them as they are now.</summary>
    /// <param name="hasNeighbours">Whether an interface leads to neighbours; a tunnel leads to the internet.</param>
    public static IEnumerable<IPNetwork> Read(Func<string, bool> hasNeighbours)
    {
        if (!OperatingSystem.IsLinux())
            return [];
        return
        [
            .. File.Exists(File4) ? Parse4(File.ReadAllLines(File4), hasNeighbours) : [],
            .. File.Exists(File6) ? Parse6(File.ReadAllLines(File6), hasNeighbours) : [],
        ];
    }

    /// <summary>Interface, destination, gateway, flags, references, use, metric, mask, …; addresses as the machine's words.</summary>
    internal static IEnumerable<IPNetwork> Parse4(IEnumerable<string> lines, Func<string, bool> hasNeighbours)
    {
        foreach (var line in lines)
        {
            if (
                line.Split('\t', StringSplitOptions.TrimEntries)
                    is not [var name, var destination, var gateway, var flags, _, _, _, var mask, ..]
                || !TryHex(destination, out var address)
                || !TryHex(gateway, out var through)
                || !TryHex(flags, out var flag)
                || !TryHex(mask, out var bits)
            )
                continue;
            var length = uint.PopCount(bits);
            if (through != 0 || (flag & Elsewhere) != 0 || length < MinPrefix4 || !hasNeighbours(name))
                continue;
            var bytes = new byte[4];
            BinaryPrimitives.WriteUInt32LittleEndian(
                bytes,
                BitConverter.IsLittleEndian ? address : BinaryPrimitives.ReverseEndianness(address)
            );
            yield return LocalNetworks.Of(new IPAddress(bytes), (int)length);
        }
    }

    /// <summary>Destination, its length, source, its length, next hop, metric, references, use, flags, interface.</summary>
    internal static IEnumerable<IPNetwork> Parse6(IEnumerable<string> lines, Func<string, bool> hasNeighbours)
    {
        foreach (var line in lines)
        {
            if (
                line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                    is not [{ Length: 32 } destination, var prefix, _, _, var next, _, _, _, var flags, var name]
                || !TryHex(prefix, out var length)
                || !TryHex(flags, out var flag)
                || length is < MinPrefix6 or > 128
                || (flag & Elsewhere) != 0
                || next.AsSpan().ContainsAnyExcept('0')
                || !hasNeighbours(name)
            )
                continue;
            yield return LocalNetworks.Of(new IPAddress(Convert.FromHexString(destination)), (int)length);
        }
    }

    private static bool TryHex(string text, out uint value) =>
        uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
}
