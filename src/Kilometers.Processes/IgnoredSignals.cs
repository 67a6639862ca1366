using Kilometers.Processes.Unix;

namespace Kilometers.Processes;

/// <summary>Which signals this process was told to ignore by whatever started it. A child inherits that.</summary>
public static class IgnoredSignals
{
    /// <summary>Whether a signal is ignored: ask before a handler is installed. False on Windows.</summary>
    /// <param name="signal">The signal's number, 1 to 64.</param>
    public static unsafe bool Contains(int signal)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(signal, 1);
        if (OperatingSystem.IsWindows())
            return false;

        // struct sigaction begins with the handler on every system, and is smaller than this on all of them.
        var action = stackalloc byte[256];
        return Libc.SignalAction(signal, null, action) == 0 && *(nint*)action == SignalDispositions.Ignore;
    }
}
