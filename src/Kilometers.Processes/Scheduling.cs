using Kilometers.Processes.Unix;

namespace Kilometers.Processes;

/// <summary>Scheduling priority of threads.</summary>
public static class Scheduling
{
    /// <summary>Makes the calling thread sleep for less than a scheduler's tick, where the system can: else for a millisecond.</summary>
    /// <param name="time">How long, below a second.</param>
    public static unsafe void Sleep(TimeSpan time)
    {
        if (!OperatingSystem.IsLinux())
        {
            Thread.Sleep(1);
            return;
        }

        var span = stackalloc nint[2];
        (span[0], span[1]) = (0, (nint)(time.Ticks * TimeSpan.NanosecondsPerTick));
        _ = Libc.Nanosleep(span, null);
    }

    /// <summary>
    /// Lowers the priority of the calling thread, and with it that of every thread and child that it creates from now on. Linux only
    /// (elsewhere priority belongs to whole processes): there it does nothing.
    /// </summary>
    /// <param name="by">Steps of <c>nice</c>, 1 to 19.</param>
    public static void LowerThisThread(int by)
    {
        if (!OperatingSystem.IsLinux())
            return;
        var thread = Libc.GetThreadId();
        _ = Libc.SetPriority(0, thread, Math.Min(19, Libc.GetPriority(0, thread) + by));
    }
}
