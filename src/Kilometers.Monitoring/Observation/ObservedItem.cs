namespace Kilometers.Monitoring.Observation;

/// <summary>Something that was observed, in the one order of the session.</summary>
public abstract class ObservedItem
{
    private protected ObservedItem() { }

    /// <summary>Rises by one from item to item, from 1.</summary>
    public required ulong Sequence { get; init; }

    /// <summary>Since the session began.</summary>
    public required TimeSpan SessionTime { get; init; }

    /// <summary>Bytes that this item keeps in memory, roughly.</summary>
    public virtual int Weight => 256;
}
