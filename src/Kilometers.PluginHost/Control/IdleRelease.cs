using Kilometers.Processes;

namespace Kilometers.PluginHost.Control;

/// <summary>Gives the host's memory back some time after its last session came to rest.</summary>
internal static class IdleRelease
{
    /// <summary>Sessions come to rest one soon after the other: not for each of them, but after the last.</summary>
    private static readonly TimeSpan Seldom = TimeSpan.FromSeconds(5);
    private static int IsPlanned;

    /// <summary>Gives it back soon.</summary>
    public static void Plan()
    {
        if (Interlocked.Exchange(ref IsPlanned, 1) == 0)
            _ = ReleaseSoonAsync();
    }

    private static async Task ReleaseSoonAsync()
    {
        await Task.Delay(Seldom, TimeProvider.System).ConfigureAwait(false);
        Volatile.Write(ref IsPlanned, 0);
        IdleMemory.Release();
    }
}
