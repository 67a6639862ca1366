using System.Globalization;
using System.Net.Sockets;

namespace Kilometers.Processes.Unix;

/// <summary>The process at the other end of a Unix socket, as the system says: nothing that the peer itself could choose.</summary>
/// <param name="Pid">Its process, for one that was connected to the process that began to listen; 0 where the system does not say.</param>
/// <param name="User">Its user; null where that cannot be told.</param>
internal readonly record struct SocketPeer(int Pid, uint? User)
{
    /// <summary>Asks the system about a connected Unix socket.</summary>
    public static SocketPeer Of(Socket socket)
    {
        if (OperatingSystem.IsLinux())
        {
            // SOL_SOCKET, SO_PEERCRED: struct ucred { pid, uid, gid }.
            Span<byte> credentials = stackalloc byte[12];
            return socket.GetRawSocketOption(1, 17, credentials) == 12
                ? new SocketPeer(BitConverter.ToInt32(credentials), BitConverter.ToUInt32(credentials[4..]))
                : default;
        }

        // macOS: SOL_LOCAL, LOCAL_PEERCRED: struct xucred { version, uid, … }. Unproven.
        Span<byte> xucred = stackalloc byte[76];
        return socket.GetRawSocketOption(0, 1, xucred) >= 8 ? new SocketPeer(0, BitConverter.ToUInt32(xucred[4..])) : default;
    }

    /// <summary>Whether the peer is a process or descends from it, and has the same user.</summary>
    /// <param name="process">The process.</param>
    /// <returns>Why not; null if it is.</returns>
    public string? WhyNotOf(int process)
    {
        // Elsewhere the system names no process (macOS): the socket is in a folder that only this user can enter.
        if (!OperatingSystem.IsLinux())
            return null;
        if (Pid <= 0 || User is not { } user)
            return "the system does not say which process listens there";
        if (Pid != process && ProcessTable.AncestorsOf(Pid)?.Contains(process) != true)
            return $"process {Pid} listens there, which is not the plugin's";
        return EffectiveUserOf(process) == user ? null : $"a process of user {user} listens there, not of the plugin's";
    }

    private static uint? EffectiveUserOf(int process)
    {
        try
        {
            // "Uid: real effective saved filesystem"
            var line = ProcFile
                .ReadLines($"/proc/{process}/status")
                .FirstOrDefault(text => text.StartsWith("Uid:", StringComparison.Ordinal));
            return
                line?.Split('\t') is [_, _, var effective, ..]
                && uint.TryParse(effective, NumberStyles.None, CultureInfo.InvariantCulture, out var user)
                ? user
                : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
