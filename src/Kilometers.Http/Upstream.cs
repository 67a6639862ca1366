using System.Net;
using System.Text;

namespace Kilometers.Http;

/// <summary>The client side of both ways: nothing is added, decompressed, redirected or given up on by itself.</summary>
internal static class Upstream
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(30);

    /// <summary>Kilobytes of headers that a response may have.</summary>
    private const int MaxHeaders = 128;

    /// <summary>Creates the connections to a server.</summary>
    /// <param name="server">Its address. A proxy of the user's is not asked for this machine.</param>
    public static SocketsHttpHandler Create(Uri server) =>
        new()
        {
            UseProxy = !server.IsLoopback,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            EnableMultipleHttp2Connections = true,
            ActivityHeadersPropagator = null,
            ConnectTimeout = ConnectLimit,
            MaxResponseHeadersLength = MaxHeaders,
            RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
            ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        };
}
