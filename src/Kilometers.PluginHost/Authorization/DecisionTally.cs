namespace Kilometers.PluginHost.Authorization;

/// <summary>How often it was decided whether a plugin may run, and how often without a call to the API. Thread-safe.</summary>
internal sealed class DecisionTally
{
    private long _all;
    private long _cached;

    public long All => Interlocked.Read(ref _all);

    public long Cached => Interlocked.Read(ref _cached);

    /// <summary>It was decided by this.</summary>
    public void Add(EntitlementView view)
    {
        Interlocked.Increment(ref _all);
        if (!view.WasAsked)
            Interlocked.Increment(ref _cached);
    }
}
