using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Kilometers.GoPlugin.Client.Transport;

/// <summary>Where a plugin's server listens: an absolute Unix socket path, or a loopback TCP port.</summary>
internal sealed record PluginAddress(EndPoint EndPoint, string? SocketPath)
{
    // sun_path is 108 bytes on Linux and 104 on macOS and the BSDs, the terminating zero included.
    public static int MaximumPathBytes { get; } = OperatingSystem.IsLinux() || OperatingSystem.IsWindows() ? 107 : 103;

    public static PluginAddress? Parse(string network, string address, out string why)
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
                else return new PluginAddress(new UnixDomainSocketEndPoint(address), address);
                return null;
            case "tcp":
                if (!IPEndPoint.TryParse(address, out var endPoint) || endPoint.Port == 0)
                    why = "names a TCP address that is not IP:PORT";
                else if (!IPAddress.IsLoopback(endPoint.Address))
                    why = "names a TCP address that is not on this machine (127.0.0.1 or ::1)";
                else return new PluginAddress(endPoint, null);
                return null;
            default:
                why = "names a network that is neither unix nor tcp";
                return null;
        }
    }

    public async Task<Socket> ConnectAsync(CancellationToken cancellationToken)
    {
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

    public override string ToString() => SocketPath ?? $"{EndPoint}";
}
