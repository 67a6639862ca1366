using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Kilometers.Plugin.Sdk.Networking;

/// <summary>
/// The plugin's half of its network (docs/plugin-authors/network.md). A plugin may not connect to anything: it listens, km connects and
/// keeps a connection ready, and code that needs one accepts it and asks on it for a host.
/// </summary>
internal sealed class EgressListener : IDisposable
{
    private const string SocketVariable = "KM_EGRESS_SOCKET";
    private const int MaxAnswer = 4096;
    private readonly Socket _socket;

    /// <param name="path">Where km expects it; nothing is there yet.</param>
    /// <exception cref="SocketException">It cannot listen there.</exception>
    public EgressListener(string path)
    {
        _socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _socket.Bind(new UnixDomainSocketEndPoint(path));
        _socket.Listen();
    }

    /// <returns>Null where km provides no network.</returns>
    public static EgressListener? OfThisProcess() =>
        Environment.GetEnvironmentVariable(SocketVariable) is { Length: > 0 } path ? new(path) : null;

    public async Task<Stream> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        // An address of IPv6 comes with or without its brackets, and is written with them.
        host = host.Trim('[', ']');
        var target = string.Create(
            CultureInfo.InvariantCulture,
            $"{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{port}"
        );
        if (!target.All(c => c is > ' ' and <= '~'))
            throw new ArgumentException("A host is plain text.", nameof(host));
        var stream = new NetworkStream(await _socket.AcceptAsync(cancellationToken).ConfigureAwait(false), ownsSocket: true);
        try
        {
            await stream
                .WriteAsync(Encoding.ASCII.GetBytes($"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n"), cancellationToken)
                .ConfigureAwait(false);
            var head = await ReadHeadAsync(stream, cancellationToken).ConfigureAwait(false);
            if (head[0].Split(' ') is [_, "200", ..])
                return stream;
            var reason = (await new StreamReader(stream, Encoding.UTF8).ReadToEndAsync(cancellationToken).ConfigureAwait(false)).Trim();
            const string Code = "Km-Error: ";
            throw new HostNetworkException(
                reason.Length > 0 ? reason : $"km does not connect to {target}: {head[0]}",
                head.FirstOrDefault(line => line.StartsWith(Code, StringComparison.OrdinalIgnoreCase))?[Code.Length..] ?? ""
            );
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>Reads the answer's head and no byte more: what follows it may be the host's already.</summary>
    private static async Task<string[]> ReadHeadAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var head = new byte[MaxAnswer];
        for (var count = 0; count < head.Length; count++)
        {
            if (await stream.ReadAsync(head.AsMemory(count, 1), cancellationToken).ConfigureAwait(false) == 0)
                throw new IOException("km closed the connection.");
            if (head.AsSpan(0, count + 1).EndsWith("\r\n\r\n"u8))
                return Encoding.ASCII.GetString(head, 0, count - 3).Split("\r\n");
        }

        throw new IOException("km gave no answer that is understood.");
    }
}
