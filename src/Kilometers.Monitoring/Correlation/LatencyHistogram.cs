using System.Numerics;

namespace Kilometers.Monitoring.Correlation;

/// <summary>Durations in buckets of at most 1/16 relative width: fixed memory, however many there are.</summary>
public sealed class LatencyHistogram
{
    private const int BitsPerOctave = 4;
    private readonly long[] _buckets = new long[64 << BitsPerOctave];

    /// <summary>How many durations were added.</summary>
    public long Count { get; private set; }

    /// <summary>Adds one; a negative one counts as zero.</summary>
    /// <param name="duration">The duration.</param>
    public void Add(TimeSpan duration)
    {
        _buckets[IndexOf((ulong)Math.Max(0, duration.Ticks))]++;
        Count++;
    }

    /// <summary>The duration that the given share of all does not exceed, up to a bucket's width.</summary>
    /// <param name="share">0 to 1.</param>
    /// <returns>Zero if nothing was added.</returns>
    public TimeSpan Quantile(double share)
    {
        if (Count == 0)
            return TimeSpan.Zero;
        var rank = Math.Max(1, (long)Math.Ceiling(share * Count));
        var index = 0;
        for (var seen = _buckets[0]; seen < rank; seen += _buckets[index])
            index++;
        return TimeSpan.FromTicks((long)LowerBound(index));
    }

    private static int IndexOf(ulong ticks)
    {
        if (ticks < 1 << BitsPerOctave)
            return (int)ticks;
        var octave = BitOperations.Log2(ticks) - BitsPerOctave;
        return ((octave + 1) << BitsPerOctave) + (int)(ticks >> octave) - (1 << BitsPerOctave);
    }

    private static ulong LowerBound(int index)
    {
        if (index < 1 << BitsPerOctave)
            return (ulong)index;
        var octave = (index >> BitsPerOctave) - 1;
        return (ulong)((index & ((1 << BitsPerOctave) - 1)) + (1 << BitsPerOctave)) << octave;
    }
}
