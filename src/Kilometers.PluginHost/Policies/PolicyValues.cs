using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Kilometers.PluginHost.Policies;

/// <summary>What single values of a policy may be.</summary>
internal static class PolicyValues
{
    /// <summary>A feature of an entitlement, as manifests name them.</summary>
    public static bool IsFeature(string text) => text.Length is >= 1 and <= 64 && char.IsAsciiLetterLower(text[0]) && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_');

    /// <summary>A name or an IPv4 address with a port, or an IPv6 address in brackets with one.</summary>
    public static bool IsHostAndPort(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon is < 1 or > 253 || text.Length - colon > 6 || !int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535) return false;
        var host = text[..colon];
        if (host is ['[', .. var address, ']']) return IPAddress.TryParse(address, out var parsed) && parsed.AddressFamily == AddressFamily.InterNetworkV6 && !address.Contains('%', StringComparison.Ordinal);
        return host.Split('.').All(label => label is { Length: >= 1 and <= 63 } && label[0] != '-' && label[^1] != '-' && label.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'));
    }

    /// <summary>A text of a file as it may be shown on a terminal.</summary>
    public static string Printable(string text) => string.Concat(text.Take(64).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
}
