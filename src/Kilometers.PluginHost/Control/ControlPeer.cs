using Kilometers.Contracts;
using Kilometers.Files;
using Kilometers.Processes.Unix;

namespace Kilometers.PluginHost.Control;

/// <summary>Who wants to control a session, as the system says: nothing that the peer itself could choose.</summary>
/// <param name="Pid">Its process; 0 where the system does not say.</param>
/// <param name="User">Its user; null where that was decided by the system before (Windows), or cannot be told.</param>
internal readonly record struct ControlPeer(int Pid, uint? User)
{
    /// <summary>This process, before it asks a session for something.</summary>
    public static ControlPeer Self => new(Environment.ProcessId, PrivateFile.CurrentUser());

    /// <summary>
    /// Whether the peer may control a session: the same user or root, and nothing that runs below a km. A server or a plugin is watched
    /// through the plugins: it must not end them, nor learn what they are.
    /// </summary>
    /// <param name="sessions">The processes of all km that are known to watch sessions; others are recognized by what they run.</param>
    /// <returns>Why not; null if it may.</returns>
    public KmError? Refuse(IReadOnlySet<int> sessions)
    {
        if (OperatingSystem.IsWindows())
            return null;
        if (User is not { } user || (user != 0 && user != PrivateFile.CurrentUser()))
            return new KmError(
                ErrorCode.ControlForbidden,
                "Another user's session cannot be controlled",
                Hint: "Run km as the user whose session it is, or as root."
            );
        return OperatingSystem.IsLinux() && IsBelow(sessions)
            ? new KmError(
                ErrorCode.ControlForbidden,
                "What runs in a monitored session cannot control sessions",
                "The request comes from a server or plugin that km started, or from below one.",
                "Run the command in a terminal of your own."
            )
            : null;
    }

    /// <returns>True where it cannot be told.</returns>
    private bool IsBelow(IReadOnlySet<int> sessions) =>
        ProcessTable.AncestorsOf(Pid) is not { } ancestors
        || ancestors.Exists(ancestor => sessions.Contains(ancestor) || MonitorProcess.Is(ancestor));
}
