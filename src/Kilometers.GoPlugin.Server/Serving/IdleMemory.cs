using System.Runtime.InteropServices;

namespace Kilometers.GoPlugin.Server.Serving;

/// <summary>Gives memory back that only the work before a rest needed.</summary>
internal static partial class IdleMemory
{
    /// <summary>A larger heap would keep the next message waiting: what is in it is the plugin's to give back.</summary>
    private const long MaxHeap = 64 << 20;

    public static void Release()
    {
        if (GC.GetTotalMemory(forceFullCollection: false) > MaxHeap)
            return;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        try
        {
            if (OperatingSystem.IsLinux())
                _ = TrimHeap(0);
        }
        catch (EntryPointNotFoundException)
        {
            // Not glibc: musl gives back what it does not need.
        }
    }

    /// <summary>Of the C library's own heaps, where OpenSSL has what it allocates.</summary>
    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int TrimHeap(nuint keep);
}
