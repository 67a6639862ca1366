namespace Kilometers.Processes;

/// <summary>
/// The signals that a program in front of another one passes on: all that another process may send, without those that
/// cannot be caught, report a fault of the process itself, tell of its children, or belong to the runtime.
/// </summary>
public static class ForwardedSignals
{
    /// <summary>SIGTSTP: Ctrl+Z.</summary>
    public static int Stop { get; } = OperatingSystem.IsLinux() ? 20 : 18;

    /// <summary>SIGCONT: the process runs again after a stop.</summary>
    public static int Continue { get; } = OperatingSystem.IsLinux() ? 18 : 19;

    /// <summary>Their numbers on this system; on Windows those that stand for closing, Ctrl+C and shutdown.</summary>
    public static IReadOnlyList<int> All { get; } =
        OperatingSystem.IsWindows() ? [1, 2, 15]
        : OperatingSystem.IsLinux() ? OnLinux()
        : OnMac();

    // HUP INT QUIT ABRT USR1 USR2 ALRM TERM STKFLT CONT TSTP URG VTALRM PROF WINCH IO PWR, and the real-time signals behind
    // those of the C library (32, 33) and of .NET, which stops its threads with 34.
    private static int[] OnLinux() => [1, 2, 3, 6, 10, 12, 14, 15, 16, 18, 20, 23, 26, 27, 28, 29, 30, .. Enumerable.Range(35, 30)];

    // HUP INT QUIT ABRT ALRM TERM URG TSTP CONT IO VTALRM PROF WINCH INFO USR1 USR2.
    private static int[] OnMac() => [1, 2, 3, 6, 14, 15, 16, 18, 19, 23, 26, 27, 28, 29, 30, 31];
}
