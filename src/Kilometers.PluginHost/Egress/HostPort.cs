using System.Globalization;
using Kilometers.Contracts.Packages;

namespace Kilometers.PluginHost.Egress;

/// <summary>A place on the network, by name; equal only to the same host and the same port.</summary>
/// <param name="Host">A name or an address, in lower case, IPv6 without brackets.</param>
/// <param name="Port">1 to 65535.</param>
internal readonly record struct HostPort(string Host, int Port)
{
    /// <summary>Reads the target of a CONNECT request.</summary>
    /// <param name="text"><c>host:port</c> or <c>[IPv6]:port</c>.</param>
    /// <param name="target">What it names.</param>
    public static bool TryParse(string text, out HostPort target)
    {
        target = default;
        if (NetworkEntry.TryParse(text.ToLowerInvariant(), out var host, out var port))
        {
            target = new HostPort(host, port);
            return true;
        }

        var end = text.LastIndexOf("]:", StringComparison.Ordinal);
        if (end < 2 || text[0] != '[' || !text[1..end].All(c => char.IsAsciiHexDigit(c) || c is ':' or '.')) return false;
        if (!System.Net.IPAddress.TryParse(text[1..end], out var address)) return false;
        if (!int.TryParse(text[(end + 2)..], NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > 65535) return false;
        target = new HostPort(address.ToString(), port);
        return true;
    }

    /// <summary>The host and port of an address like <c>https://api.example.com</c>.</summary>
    public static HostPort Of(Uri url)
    {
        var host = url.IdnHost.Trim('[', ']');
        return new HostPort(System.Net.IPAddress.TryParse(host, out var address) ? address.ToString() : host.ToLowerInvariant(), url.Port);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}");
}
