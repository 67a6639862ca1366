using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Kilometers.GoPlugin.Server.Handshake;

/// <summary>Where a plugin listens, as the handshake and the broker write it.</summary>
/// <param name="Network"><c>unix</c> or <c>tcp</c>.</param>
/// <param name="Address">The socket's path, or <c>ip:port</c>.</param>
internal sealed record PluginEndpoint(string Network, string Address)
{
    /// <summary>The longest path a Unix socket address holds, without its terminator: 107 bytes on Linux, 103 on macOS.</summary>
    private static int MaxPath => OperatingSystem.IsLinux() ? 107 : 103;

    /// <summary>A new endpoint that nothing listens on yet: a socket in the host's folder; on Windows a free port of the host's range.</summary>
    /// <exception cref="GoPluginStartException">The path is too long, or no port is free.</exception>
    public static PluginEndpoint Allocate(HostEnvironment environment) =>
        OperatingSystem.IsWindows() ? AllocatePort(environment.Ports) : AllocateSocket(environment.SocketDirectory);

    public EndPoint ToEndPoint() =>
        Network switch
        {
            "unix" => new UnixDomainSocketEndPoint(Address),
            "tcp" when IPEndPoint.TryParse(Address, out var endPoint) => endPoint,
            _ => throw new FormatException($"'{Network}' '{Address}' is not an address of a plugin connection."),
        };

    private static PluginEndpoint AllocateSocket(string directory)
    {
        var path = Path.Combine(directory, "plugin" + Random.Shared.NextInt64().ToString("x16", CultureInfo.InvariantCulture));
        if (System.Text.Encoding.UTF8.GetByteCount(path) > MaxPath)
            throw new GoPluginStartException(
                $"the socket path '{path}' is longer than {MaxPath} bytes; the host must give a shorter PLUGIN_UNIX_SOCKET_DIR"
            );
        return new("unix", path);
    }

    private static PluginEndpoint AllocatePort((int Lowest, int Highest) ports)
    {
        for (var port = ports.Lowest; port <= ports.Highest; port++)
        {
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return new("tcp", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"));
            }
            catch (SocketException)
            {
                // In use; the next one may be free.
            }
        }
        throw new GoPluginStartException($"no TCP port between {ports.Lowest} and {ports.Highest} is free");
    }
}
