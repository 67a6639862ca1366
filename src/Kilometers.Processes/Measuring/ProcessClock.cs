using System.Runtime.InteropServices;

namespace Kilometers.Processes.Measuring;

/// <summary>How long a process has run on processors, to the nanosecond: one that has run no further has done nothing meanwhile.</summary>
internal static partial class ProcessClock
{
    /// <summary>Reads the clock of a process: all its threads, not its children.</summary>
    /// <param name="process">The process.</param>
    /// <returns>Nanoseconds; null where there is no such process, or no such clock.</returns>
    public static long? Of(int process) =>
        OperatingSystem.IsLinux() && FindClock(process, out var clock) == 0 && ReadClock(clock, out var time) == 0
            ? ((long)time.Seconds * 1_000_000_000) + time.Nanoseconds
            : null;

    [LibraryImport("libc", EntryPoint = "clock_getcpuclockid")]
    private static partial int FindClock(int process, out int clock);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ReadClock(int clock, out TimeValue time);

    /// <summary><c>struct timespec</c>.</summary>
    private readonly record struct TimeValue(nint Seconds, nint Nanoseconds);
}
