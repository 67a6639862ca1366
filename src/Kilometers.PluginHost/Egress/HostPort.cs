using System.Globalization;
using Kilometers.Contracts.Packages;

namespace Kilometers.PluginHost.Egress;

/// <summary>
/// A place on the network, by name; equal only to the same host and the same port. Names are equal where DNS takes them for the same: by
/// ASCII letters in lower case, without the root's dot, in Punycode. An address is equal however it is written.
/// </summary>
/// <param name="Host">A name or an address in that one form, IPv6 without brackets.</param>
/// <param name="Port">1 to 65535.</param>
internal readonly record struct HostPort(string Host, int Port)
{
    private static readonly IdnMapping Punycode = new();

    /// <summary>Reads the target of a CONNECT request, or an entry of a manifest or policy.</summary>
    /// <param name="text"><c>host:port</c> or <c>[IPv6]:port</c>.</param>
    /// <param name="target">What it names.</param>
    public static bool TryParse(string text, out HostPort target)
    {
        target = default;
        var colon = text.LastIndexOf(':');
        if (colon > 0 && Canonical(text[..colon]) is { } name && NetworkEntry.TryParse(name + text[colon..], out var host, out var port))
        {
            // "127.1" and "0x7f.1" are addresses, too, to whatever connects.
            target = new HostPort(System.Net.IPAddress.TryParse(host, out var number) ? number.ToString() : host, port);
            return true;
        }

        var end = text.LastIndexOf("]:", StringComparison.Ordinal);
        if (end < 2 || text[0] != '[' || !text[1..end].All(c => char.IsAsciiHexDigit(c) || c is ':' or '.'))
            return false;
        if (!System.Net.IPAddress.TryParse(text[1..end], out var address))
            return false;
        if (!int.TryParse(text[(end + 2)..], NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > 65535)
            return false;
        target = new HostPort(address.ToString(), port);
        return true;
    }

    /// <summary>The host and port of an address like <c>https://api.example.com</c>.</summary>
    public static HostPort Of(Uri url)
    {
        var host = url.IdnHost.Trim('[', ']');
        return new HostPort(System.Net.IPAddress.TryParse(host, out var address) ? address.ToString() : Canonical(host) ?? host, url.Port);
    }

    /// <returns>Null where it cannot be a name of DNS.</returns>
    private static string? Canonical(string name)
    {
        name = (name.EndsWith('.') ? name[..^1] : name).ToLowerInvariant();
        if (System.Text.Ascii.IsValid(name))
            return name;
        try
        {
            return Punycode.GetAscii(name);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}");
}
