using System.Globalization;
using Kilometers.Processes.Unix;

namespace Kilometers.Processes;

/// <summary>
/// Whether the limits set for this process leave room for what it does beside its main work. .NET ends a process when its thread pool
/// cannot have another thread; so what might happen then is found out while nothing depends on it.
/// </summary>
public static class ResourceHeadroom
{
    // A plugin's program, unpacked; and the state that it keeps.
    private const ulong MinFile = 256UL << 20;

    // A larger limit is not used up by one user's threads but by a fault, which no look ahead would find.
    private const ulong AmpleThreads = 4096;
    private const int ProbeStack = 64 * 1024;
    private const int FileSize = 1;
    private const int StackSize = 3;
    private const int Data = 2;
    private static readonly int AddressSpace = OperatingSystem.IsLinux() ? 9 : 5;
    private static readonly int Processes = OperatingSystem.IsLinux() ? 6 : 7;
    private static readonly int OpenFiles = OperatingSystem.IsLinux() ? 7 : 8;

    /// <summary>What there is too little of, as the end of a sentence; null if there is enough. Null on Windows.</summary>
    /// <param name="needs">What a program needs.</param>
    public static string? WhyTooSmall(ResourceNeeds needs)
    {
        ArgumentNullException.ThrowIfNull(needs);
        if (OperatingSystem.IsWindows())
            return null;
        return BelowLimit(AddressSpace, needs.AddressSpace, 10, "KiB of address space (ulimit -v)")
            ?? BelowLimit(Data, needs.Data, 10, "KiB of data (ulimit -d)")
            ?? BelowLimit(StackSize, needs.Stack, 10, "KiB of stack (ulimit -s)")
            ?? BelowLimit(OpenFiles, needs.OpenFiles, 0, "open files (ulimit -n)")
            ?? (AreThreadsLimited() ? TooFewThreads(needs.Threads) : null);
    }

    /// <summary>Whether so much can be mapped and enough address space is left for the rest of a relay. True on Windows.</summary>
    /// <param name="bytes">What is to be mapped.</param>
    public static bool HasAddressSpaceFor(long bytes) =>
        OperatingSystem.IsWindows()
        || Limit(AddressSpace) is not { } limit
        || (limit >= ResourceNeeds.OfRelay.AddressSpace && limit - ResourceNeeds.OfRelay.AddressSpace >= (ulong)bytes);

    /// <summary>What there is too little of for programs that must be written to a file first; null if there is enough.</summary>
    public static string? WhyFilesAreTooSmall() =>
        OperatingSystem.IsWindows() ? null : BelowLimit(FileSize, MinFile, 10, "KiB in a file (ulimit -f)");

    private static string? BelowLimit(int resource, ulong minimum, int shift, string what) =>
        Limit(resource) is { } limit && limit < minimum
            ? string.Create(CultureInfo.InvariantCulture, $"km may have only {limit >> shift} {what} and needs {minimum >> shift}")
            : null;

    private static unsafe ulong? Limit(int resource)
    {
        var limit = stackalloc ulong[2];
        return Libc.GetLimit(resource, limit) == 0 ? limit[0] : null;
    }

    private static bool AreThreadsLimited() =>
        Limit(Processes) < AmpleThreads || ThreadsOfControlGroup("/sys/fs/cgroup/pids.max") < AmpleThreads;

    /// <summary>In a container this is the container's own limit.</summary>
    private static ulong? ThreadsOfControlGroup(string file)
    {
        try
        {
            return
                OperatingSystem.IsLinux()
                && File.Exists(file)
                && ulong.TryParse(File.ReadAllText(file).AsSpan().Trim(), CultureInfo.InvariantCulture, out var limit)
                ? limit
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Counting says little: root is not limited, and others use up the same limit. So it is tried.</summary>
    private static string? TooFewThreads(int needed)
    {
        using var release = new ManualResetEventSlim();
        var started = new List<Thread>();
        try
        {
            while (started.Count < needed)
            {
                var thread = new Thread(() => release.Wait(), ProbeStack) { IsBackground = true };
                thread.Start();
                started.Add(thread);
            }

            return null;
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"km could start only {started.Count} more threads (ulimit -u) and needs {needed}"
            );
        }
        finally
        {
            release.Set();
            foreach (var thread in started)
                thread.Join();
        }
    }
}
