using System.Net.Sockets;
using Kilometers.Plugin.Sdk.Networking;

namespace Kilometers.Plugin.Sdk;

/// <summary>
/// The network of a plugin: the hosts that its manifest names in <c>capabilities.network</c>, through km, which alone connects. TLS is between
/// the plugin and the host; km sees where to, not what. Outside km, or where the manifest names nothing, connections are made directly, so
/// that a plugin can be tried by itself; km's sandbox denies those.
/// </summary>
public static class HostNetwork
{
    /// <summary>How long a handler of <see cref="CreateHandler"/> waits for a connection, TLS included.</summary>
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(30);

    private static readonly Lazy<EgressListener?> Listener = new(EgressListener.OfThisProcess);

    /// <summary>Whether km provides the connections.</summary>
    public static bool IsProvided => Listener.Value is not null;

    /// <summary>
    /// A handler for <see cref="HttpClient"/> whose connections are made by <see cref="ConnectAsync"/>. All of its settings may be changed but
    /// <see cref="SocketsHttpHandler.ConnectCallback"/>; of proxies km uses the user's, the handler needs none.
    /// </summary>
    /// <returns>A new handler.</returns>
    public static SocketsHttpHandler CreateHandler()
    {
        var handler = new SocketsHttpHandler { ConnectTimeout = ConnectLimit };
        if (!IsProvided)
            return handler;
        handler.UseProxy = false;
        handler.ConnectCallback = static (context, cancellationToken) =>
            ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancellationToken);
        return handler;
    }

    /// <summary>Connects to a host, for protocols other than HTTP.</summary>
    /// <param name="host">As the manifest names it: km resolves it.</param>
    /// <param name="port">1 to 65535.</param>
    /// <param name="cancellationToken">Gives up. There is no other limit on waiting for one of the plugin's connections to be free.</param>
    /// <returns>The connection; its bytes are those of the host.</returns>
    /// <exception cref="HostNetworkException">km does not connect it, and says why.</exception>
    /// <exception cref="IOException">The connection to km broke.</exception>
    /// <exception cref="SocketException">Outside km: the host cannot be reached.</exception>
    public static async ValueTask<Stream> ConnectAsync(string host, int port, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(host);
        ArgumentOutOfRangeException.ThrowIfLessThan(port, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, 65535);
        if (Listener.Value is { } listener)
            return await listener.ConnectAsync(host, port, cancellationToken).ConfigureAwait(false);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(host, port, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Listens before the plugin is served, so that the first connection need not wait for km to look.</summary>
    internal static void Open() => _ = IsProvided;
}
