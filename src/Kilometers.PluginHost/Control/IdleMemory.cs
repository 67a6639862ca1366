using Kilometers.Processes;

namespace Kilometers.PluginHost.Control;

/// <summary>Gives memory back that only the work before a rest needed.</summary>
internal static class IdleMemory
{
    /// <summary>Sessions come to rest one soon after the other: not for each of them, but after the last.</summary>
    private static readonly TimeSpan Seldom = TimeSpan.FromSeconds(5);
    private static int IsPlanned;

    /// <summary>Collects what is garbage, soon.</summary>
    public static void Release()
    {
        if (Interlocked.Exchange(ref IsPlanned, 1) == 0)
            _ = ReleaseSoonAsync();
    }

    private static async Task ReleaseSoonAsync()
    {
        await Task.Delay(Seldom, TimeProvider.System).ConfigureAwait(false);
        Volatile.Write(ref IsPlanned, 0);
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        NativeHeap.Trim();
    }
}
