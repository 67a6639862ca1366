using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Text;

namespace Kilometers.PluginHost.Egress;

/// <summary>Asks the user's HTTP proxy for a connection (RFC 9110, CONNECT).</summary>
internal static class ProxyTunnel
{
    private const int MaxAnswer = 16 * 1024;

    /// <summary>Which schemes of proxies there are; the others (SOCKS) are km's own HTTP client's alone.</summary>
    public static bool Supports(Uri proxy) => proxy.Scheme == Uri.UriSchemeHttp || proxy.Scheme == Uri.UriSchemeHttps;

    /// <param name="connection">To the proxy; what is returned owns it.</param>
    /// <param name="proxy">Its address.</param>
    /// <param name="credentials">What to say who we are; null: nothing.</param>
    /// <param name="target">Where to.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="EgressException"><c>PLG_NET_004</c>: it refused.</exception>
    /// <exception cref="IOException">It broke off.</exception>
    public static async Task<Stream> OpenAsync(
        Stream connection,
        Uri proxy,
        NetworkCredential? credentials,
        HostPort target,
        CancellationToken cancellationToken
    )
    {
        if (proxy.Scheme == Uri.UriSchemeHttps)
        {
            var tls = new SslStream(connection);
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = proxy.IdnHost }, cancellationToken)
                .ConfigureAwait(false);
            connection = tls;
        }

        var request = $"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n";
        if (credentials is not null)
            request +=
                $"Proxy-Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credentials.UserName}:{credentials.Password}"))}\r\n";
        await connection.WriteAsync(Encoding.ASCII.GetBytes(request + "\r\n"), cancellationToken).ConfigureAwait(false);
        var status = await ReadStatusAsync(connection, cancellationToken).ConfigureAwait(false);
        return status == (int)HttpStatusCode.OK
            ? connection
            : throw EgressException.Proxy(
                proxy,
                target,
                status == 0 ? "It did not answer as a proxy does." : $"It answered with status {status}."
            );
    }

    /// <summary>Reads an answer's head and no byte more: what follows is already the other end's.</summary>
    /// <returns>The status; 0 if it is no answer.</returns>
    private static async Task<int> ReadStatusAsync(Stream connection, CancellationToken cancellationToken)
    {
        var head = ArrayPool<byte>.Shared.Rent(MaxAnswer);
        try
        {
            for (var count = 0; count < MaxAnswer; count++)
            {
                if (await connection.ReadAsync(head.AsMemory(count, 1), cancellationToken).ConfigureAwait(false) == 0)
                    return 0;
                if (head.AsSpan(0, count + 1).EndsWith("\r\n\r\n"u8))
                    return ParseStatus(Encoding.Latin1.GetString(head, 0, count));
            }

            return 0;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(head);
        }
    }

    private static int ParseStatus(string head) =>
        head.StartsWith("HTTP/1.", StringComparison.Ordinal)
        && head.Split('\r')[0].Split(' ') is [_, { Length: 3 } code, ..]
        && int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var status)
            ? status
            : 0;
}
