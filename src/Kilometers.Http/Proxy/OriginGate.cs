using System.Net;

namespace Kilometers.Http.Proxy;

/// <summary>
/// Which requests come from where they should. Any web site can have a browser send requests to this machine, and can give this machine a
/// name of its own (DNS rebinding): so the host must be this machine's, and so must the page that caused the request, if there is one.
/// </summary>
internal static class OriginGate
{
    /// <summary>Looks at a request.</summary>
    /// <param name="host">Its <c>Host</c>.</param>
    /// <param name="origins">Its <c>Origin</c>s; none where no page caused it.</param>
    /// <param name="port">Where we listen.</param>
    /// <returns>Why it is refused; null if it is not.</returns>
    public static string? Refuse(string? host, IReadOnlyCollection<string?> origins, int port)
    {
        if (!HostString.FromUriComponent(host ?? "").HasValue || !IsOwn(new HostString(host!), port))
            return $"the host of the request is '{host}', not this machine";
        foreach (var origin in origins)
            if (!IsLocal(origin))
                return $"a page of '{origin}' caused the request, which is not on this machine";
        return null;
    }

    private static bool IsOwn(HostString host, int port) => (host.Port ?? 80) == port && IsLoopback(host.Host);

    private static bool IsLocal(string? origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var page) && page is { Scheme: "http" or "https" } && IsLoopback(page.Host);

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
