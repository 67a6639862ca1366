using System.Net;

namespace Kilometers.Api.Http;

/// <summary>What counts as one client where only its address is known: an IPv4 address, or an IPv6 network of 64 bits, which a provider gives to one customer.</summary>
internal static class Network
{
    public static string Of(IPAddress? address)
    {
        if (address is null)
            return "";
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        var bytes = address.GetAddressBytes();
        return Convert.ToHexString(bytes.Length == 16 ? bytes.AsSpan(0, 8) : bytes);
    }
}
