using Kilometers.Processes;

namespace Kilometers.PluginHost.Control;

/// <summary>Gives memory back that only the work before a rest needed.</summary>
internal static class IdleMemory
{
    private static readonly TimeSpan Seldom = TimeSpan.FromSeconds(5);
    private static long Last;

    /// <summary>Collects what is garbage. Sessions come to rest one soon after the other: not for each of them.</summary>
    public static void Release()
    {
        var (last, now) = (Interlocked.Read(ref Last), TimeProvider.System.GetTimestamp());
        if (
            (last != 0 && TimeProvider.System.GetElapsedTime(last, now) < Seldom)
            || Interlocked.CompareExchange(ref Last, now, last) != last
        )
            return;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        NativeHeap.Trim();
    }
}
