using System.Net;
using System.Net.Sockets;
using System.Text;
using Kilometers.Processes;

namespace Kilometers.GoPlugin.Client.Transport;

/// <summary>Where a plugin's server listens: an absolute Unix socket path, or a loopback TCP port.</summary>
internal sealed record PluginAddress(EndPoint EndPoint, string? SocketPath)
{
    // sun_path is 108 bytes on Linux and 104 on macOS and the BSDs, the terminating zero included.
    public static int MaximumPathBytes { get; } = OperatingSystem.IsLinux() || OperatingSystem.IsWindows() ? 107 : 103;

    /// <param name="network"><c>unix</c> or <c>tcp</c>.</param>
    /// <param name="address">The plugin's word.</param>
    /// <param name="runDirectory">The only folder in which a socket may be; null: any, and TCP as well.</param>
    /// <param name="why">Why it is not acceptable, as the end of "the plugin's first line …".</param>
    public static PluginAddress? Parse(string network, string address, string? runDirectory, out string why)
    {
        why = "";
        switch (network)
        {
            case "unix":
                var bytes = Encoding.UTF8.GetByteCount(address);
                if (bytes > MaximumPathBytes)
                    why = $"names a socket path of {bytes} bytes; the system's limit is {MaximumPathBytes}";
                else if (!Path.IsPathFullyQualified(address) || address.Contains('\0'))
                    why = "names a socket that is not an absolute path";
                else if (runDirectory is not null && !IsDirectlyIn(runDirectory, address))
                    why = "names a socket that is not in the directory that the plugin was given";
                else
                    return new PluginAddress(new UnixDomainSocketEndPoint(address), address);
                return null;
            case "tcp" when runDirectory is not null:
                why = "names a TCP address; this host connects to Unix sockets only";
                return null;
            case "tcp":
                if (!IPEndPoint.TryParse(address, out var endPoint) || endPoint.Port == 0)
                    why = "names a TCP address that is not IP:PORT";
                else if (!IPAddress.IsLoopback(endPoint.Address))
                    why = "names a TCP address that is not on this machine (127.0.0.1 or ::1)";
                else
                    return new PluginAddress(endPoint, null);
                return null;
            default:
                why = "names a network that is neither unix nor tcp";
                return null;
        }
    }

    /// <param name="processId">The only process, with those below it, that may listen there; null: any.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">Somebody else listens there.</exception>
    public async Task<Socket> ConnectAsync(int? processId, CancellationToken cancellationToken)
    {
        if (processId is { } id && SocketPath is { } path)
            return await ChildSocket.ConnectAsync(path, id, cancellationToken).ConfigureAwait(false);
        var unix = SocketPath is not null;
        var socket = unix
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(EndPoint, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static bool IsDirectlyIn(string folder, string path)
    {
        folder = Path.TrimEndingDirectorySeparator(folder);
        return path.Length > folder.Length + 1
            && path.StartsWith(folder, StringComparison.Ordinal)
            && Path.IsPathFullyQualified(path)
            && path[folder.Length] == Path.DirectorySeparatorChar
            && path[(folder.Length + 1)..] is not ("." or "..")
            && path.AsSpan(folder.Length + 1).IndexOfAny('/', '\\') < 0;
    }

    public override string ToString() => SocketPath ?? $"{EndPoint}";
}
