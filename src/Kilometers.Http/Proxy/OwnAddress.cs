using System.Net;

namespace Kilometers.Http.Proxy;

/// <summary>Addresses of the server as a client of the proxy sees them, and back. Clients may call this machine by any of its names.</summary>
/// <param name="server">The server.</param>
/// <param name="host">The host and port that the client used.</param>
internal sealed class OwnAddress(Uri server, HostString host)
{
    private readonly string _theirs = server.GetLeftPart(UriPartial.Authority);

    /// <summary>The proxy's origin.</summary>
    public string Origin { get; } = "http://" + host.ToUriComponent();

    /// <summary>An address of the server, as the client must see it; others stay.</summary>
    public string ToOwn(string address) => Exchange(address, _theirs, Origin);

    /// <summary>The way back; other addresses stay.</summary>
    public string ToTheirs(string address) => Exchange(address, Origin, _theirs);

    /// <summary>A query or a form in which <c>resource</c> is the server's own address again. All else stays as it is written.</summary>
    public string WithResource(string parameters) =>
        string.Join(
            '&',
            parameters
                .Split('&')
                .Select(one =>
                    one.StartsWith("resource=", StringComparison.Ordinal)
                        ? "resource=" + Uri.EscapeDataString(ToTheirs(WebUtility.UrlDecode(one["resource=".Length..])))
                        : one
                )
        );

    private static string Exchange(string address, string from, string to) =>
        address.StartsWith(from, StringComparison.OrdinalIgnoreCase)
        && (address.Length == from.Length || address[from.Length] is '/' or '?')
            ? to + address[from.Length..]
            : address;
}
