using System.Globalization;
using System.Net.Sockets;
using Kilometers.Processes.Isolation;
using Kilometers.Processes.Unix;
using Microsoft.Win32.SafeHandles;

namespace Kilometers.Processes;

/// <summary>
/// Connects to a Unix socket that a child listens on, and to no other: a child that is confined must not make its parent, which is not,
/// connect to somebody else's socket.
/// </summary>
public static class ChildSocket
{
    /// <summary>Connects. Nothing is sent before it is known who listens; a link is not followed.</summary>
    /// <param name="path">The socket's path. The caller vouches for the folders above it.</param>
    /// <param name="processId">The child. It, or a process that descends from it, must have begun to listen.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The connected socket; the caller disposes it.</returns>
    /// <exception cref="SocketException">Nobody listens there, or it is not a socket.</exception>
    /// <exception cref="IOException">Somebody else listens there, or it is a link.</exception>
    public static async Task<Socket> ConnectAsync(string path, int processId, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (new FileInfo(path).LinkTarget is not null)
            throw new IOException("it is a link, and not a socket of the plugin's own");
        using var file = Open(path);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            // By descriptor: the name could lead elsewhere by now.
            var address = file is null ? path : string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{file.DangerousGetHandle()}");
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(address), cancellationToken).ConfigureAwait(false);
            if (!OperatingSystem.IsWindows() && SocketPeer.Of(socket).WhyNotOf(processId) is { } why)
                throw new IOException(why);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <returns>A descriptor of the file itself; null where the system has none, and then the name is used.</returns>
    private static SafeFileHandle? Open(string path)
    {
        if (!OperatingSystem.IsLinux() || !Directory.Exists("/proc/self/fd"))
            return null;
        var descriptor = LinuxCalls.OpenToName(path, followsLink: false);
        return descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw new SocketException((int)SocketError.ConnectionRefused);
    }
}
