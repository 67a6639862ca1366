using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;

namespace Kilometers.Cli.Commands.Http;

/// <summary>What the commands for servers over HTTP have in common.</summary>
internal static class HttpOptions
{
    public static Uri? ParseAddress(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || address is not { Scheme: "http" or "https", Host.Length: > 0 })
            result.AddError($"'{text}' is not the address of a server. Example: https://example.com/mcp");
        else if (address.UserInfo.Length > 0)
            result.AddError("The address holds a user and a password. Pass them as --header 'Authorization: Basic …' instead");
        else
            return address;
        return null;
    }

    /// <summary>Where to listen: a port of this machine, with or without one of its loopback addresses.</summary>
    public static IPEndPoint? ParseListen(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        var colon = text.LastIndexOf(':');
        var host = colon < 0 ? "127.0.0.1" : text[..colon].Replace("localhost", "127.0.0.1", StringComparison.OrdinalIgnoreCase);
        if (
            !ushort.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || !IPAddress.TryParse(host, out var address)
        )
            result.AddError($"--listen: '{text}' is not an address and a port. Example: 127.0.0.1:8123");
        else if (!IPAddress.IsLoopback(address))
            result.AddError($"--listen: '{text}' can be reached from other machines, and km proxy asks nobody who they are. Use 127.0.0.1");
        else
            return new IPEndPoint(address, port);
        return null;
    }
}
