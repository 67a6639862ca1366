using Kilometers.Processes.Unix;

namespace Kilometers.Processes;

/// <summary>The C library's own heaps, where OpenSSL and SQLite have what they allocate.</summary>
internal static class NativeHeap
{
    /// <summary>Gives back to the system what is free in them.</summary>
    public static void Trim()
    {
        try
        {
            if (OperatingSystem.IsLinux())
                _ = Libc.TrimHeap(0);
        }
        catch (EntryPointNotFoundException)
        {
            // Not glibc: musl gives back what it does not need.
        }
    }
}
