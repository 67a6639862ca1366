using System.Net.Sockets;
using Kilometers.Contracts;
using Kilometers.Files;
using Kilometers.Processes.Unix;

namespace Kilometers.PluginHost.Control;

/// <summary>Who is at the other end, as the system says: nothing that the peer itself could choose.</summary>
/// <param name="Pid">Its process; 0 where the system does not say.</param>
/// <param name="User">Its user; null where that was decided by the system before (Windows), or cannot be told.</param>
internal readonly record struct ControlPeer(int Pid, uint? User)
{
    private const int Attempts = 5;

    /// <summary>Asks the system about a connected Unix socket.</summary>
    public static ControlPeer Of(Socket socket)
    {
        if (OperatingSystem.IsLinux())
        {
            // SOL_SOCKET, SO_PEERCRED: struct ucred { pid, uid, gid }.
            Span<byte> credentials = stackalloc byte[12];
            return socket.GetRawSocketOption(1, 17, credentials) == 12
                ? new ControlPeer(BitConverter.ToInt32(credentials), BitConverter.ToUInt32(credentials[4..]))
                : default;
        }

        // macOS: SOL_LOCAL, LOCAL_PEERCRED: struct xucred { version, uid, … }. Unproven.
        Span<byte> xucred = stackalloc byte[76];
        return socket.GetRawSocketOption(0, 1, xucred) >= 8 ? new ControlPeer(0, BitConverter.ToUInt32(xucred[4..])) : default;
    }

    /// <summary>
    /// Whether the peer may control a session: the same user or root, and nothing that runs below a km. A server or a plugin is watched
    /// through the plugins: it must not end them, nor learn what they are.
    /// </summary>
    /// <param name="sessions">The processes of all km that watch sessions.</param>
    /// <returns>Why not; null if it may.</returns>
    public KmError? Refuse(IReadOnlySet<int> sessions)
    {
        if (OperatingSystem.IsWindows()) return null;
        if (User is not { } user || (user != 0 && user != PrivateFile.CurrentUser()))
            return new KmError(ErrorCode.ControlForbidden, "Another user's session cannot be controlled", Hint: "Run km as the user whose session it is, or as root.");
        return OperatingSystem.IsLinux() && IsBelow(sessions)
            ? new KmError(ErrorCode.ControlForbidden, "What runs in a monitored session cannot control sessions", "The request comes from a server or plugin that km started, or from below one.", "Run the command in a terminal of your own.")
            : null;
    }

    private bool IsBelow(IReadOnlySet<int> sessions)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (LooksBelow(sessions) is { } answer) return answer;
        }

        return true;
    }

    /// <returns>Null where one of its ancestors ended meanwhile: what is above has another child now.</returns>
    private bool? LooksBelow(IReadOnlySet<int> sessions)
    {
        // A km itself is not below one.
        for (var id = Pid; id != 1;)
        {
            if (ProcessTable.Find(id) is not { } process) return null;
            if (sessions.Contains(process.Parent)) return true;

            // The top of what is visible here: a container's first process has no parent.
            if (process.Parent == 0) return false;
            id = process.Parent;
        }

        return false;
    }
}
