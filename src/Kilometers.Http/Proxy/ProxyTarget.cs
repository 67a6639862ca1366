using System.Net.Http.Headers;

namespace Kilometers.Http.Proxy;

/// <summary>Where a proxy leads: every path goes to the same server, so that what its answers name relative to themselves works too.</summary>
/// <param name="server">The address of its MCP endpoint.</param>
/// <param name="headers">Headers that every request gets, in place of the client's own.</param>
internal sealed class ProxyTarget(Uri server, IReadOnlyList<KeyValuePair<string, string>> headers)
{
    // An address stays as the client wrote it, escapes and all.
    private static readonly UriCreationOptions Untouched = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly string _origin = server.GetLeftPart(UriPartial.Authority);

    /// <summary>The path of the MCP endpoint, which is the same at the proxy.</summary>
    public string Path => server.AbsolutePath;

    /// <summary>The server's origin.</summary>
    public string Origin => _origin;

    /// <summary>Where a request goes.</summary>
    /// <param name="request">Path and query as the client wrote them. A query of the server's address, which may hold a key, is added where there is none.</param>
    public Uri AddressOf(string request)
    {
        var address = request == Path ? request + server.Query : request;
        return new Uri(_origin + address, in Untouched);
    }

    /// <summary>Sets the headers that every request gets.</summary>
    public void AddHeaders(HttpRequestHeaders request)
    {
        foreach (var (name, _) in headers)
            request.Remove(name);
        foreach (var (name, value) in headers)
            request.TryAddWithoutValidation(name, value);
    }

    /// <summary>Path and query of an address that the server named.</summary>
    /// <returns>Null where it is another server's.</returns>
    public string? PathOf(string address) =>
        Uri.TryCreate(server, address, out var found) && found.GetLeftPart(UriPartial.Authority) == _origin ? found.PathAndQuery : null;
}
