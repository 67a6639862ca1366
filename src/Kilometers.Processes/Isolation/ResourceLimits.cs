namespace Kilometers.Processes.Isolation;

/// <summary>
/// The limits that every Unix has. Not <c>RLIMIT_AS</c>, because runtimes reserve far more addresses than memory; not <c>RLIMIT_NPROC</c>,
/// because it counts all processes and threads of the user, and not those of root.
/// </summary>
internal static unsafe class ResourceLimits
{
    // Linux and macOS agree but for open files.
    private const int FileSize = 1;
    private const int Data = 2;
    private const int Core = 4;

    /// <summary>
    /// Signals that wait, and timers: the kernel counts those of the whole user and compares the sum with the limit of the process that
    /// adds one. A plugin's threads need one each.
    /// </summary>
    private const int PendingSignals = 11;
    private const int MaxPendingSignals = 1024;
    private static readonly int OpenFiles = OperatingSystem.IsLinux() ? 7 : 8;

    public static (int Resource, string Name, long? Value)[] Of(SandboxProfile profile) =>
        [
            (Core, "core size", 0),
            (FileSize, "file size", profile.FileBytes),
            (Data, "memory", profile.DataBytes),
            (OpenFiles, "open files", profile.OpenFiles),
            (PendingSignals, "pending signals", OperatingSystem.IsLinux() ? MaxPendingSignals : null),
        ];

    /// <exception cref="SandboxException">One could not be set.</exception>
    public static void Apply((int Resource, string Name, long? Value)[] limits)
    {
        foreach (var (resource, name, value) in limits)
        {
            if (value is not { } wanted)
                continue;
            LinuxCalls.Limit limit;
            if (LinuxCalls.GetLimit(resource, &limit) != 0)
                throw new SandboxException("rlimit", $"{name}: {LinuxCalls.LastErrorText()}");

            // The stricter of the two: what was set for km holds for what km starts.
            limit.Hard = Math.Min(limit.Hard, (ulong)wanted);
            limit.Soft = limit.Hard;
            if (LinuxCalls.SetLimit(resource, &limit) != 0)
                throw new SandboxException("rlimit", $"{name}: {LinuxCalls.LastErrorText()}");
        }
    }

    /// <summary>From now on no file that another process writes to grows: each attempt fails. Linux only.</summary>
    /// <param name="process">A process of this user. Nothing happens if it has ended.</param>
    public static void EndWriting(int process)
    {
        var none = default(LinuxCalls.Limit);
        _ = LinuxCalls.SetLimitOf(process, FileSize, &none, null);
    }
}
