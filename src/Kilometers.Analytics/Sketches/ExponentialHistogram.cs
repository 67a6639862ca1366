namespace Kilometers.Analytics.Sketches;

/// <summary>
/// The base-2 exponential histogram of OpenTelemetry, of values that are not negative: bucket <c>i</c> holds what is above <c>base^i</c> and at
/// most <c>base^(i+1)</c>, where the base is <c>2^(2^-scale)</c>. There are at most <see cref="MaxBuckets"/>; where values would need more, the
/// scale falls by one, which joins buckets two by two. So what it holds depends on its values alone, not on their order, nor on how often parts
/// were merged. https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram
/// </summary>
public sealed class ExponentialHistogram
{
    /// <summary>The finest scale, as the specification's default has it.</summary>
    public const int MaxScale = 20;

    /// <summary>With the coarsest scale, all values of a double fit.</summary>
    public const int MinScale = -10;

    /// <summary>The most buckets, as the specification's default has it.</summary>
    public const int MaxBuckets = 160;

    /// <summary>More is not believed of what was stored: then sums cannot overflow.</summary>
    private const long MaxStored = 1L << 40;

    private long[] _buckets = [];

    /// <summary>Says how fine the buckets are.</summary>
    public int Scale { get; private set; } = MaxScale;

    /// <summary>The index of the first bucket.</summary>
    public int Offset { get; private set; }

    /// <summary>How many values each bucket holds; the first and the last hold some.</summary>
    public ReadOnlySpan<long> Buckets => _buckets;

    /// <summary>How many values there are, zeros included.</summary>
    public long Count { get; private set; }

    /// <summary>How many zeros there are.</summary>
    public long ZeroCount { get; private set; }

    /// <summary>The sum of all values.</summary>
    public double Sum { get; private set; }

    /// <summary>The least value; 0 without any.</summary>
    public double Min { get; private set; }

    /// <summary>The greatest value; 0 without any.</summary>
    public double Max { get; private set; }

    /// <summary>A percentile differs from the value that it stands for by at most this part of it.</summary>
    public double RelativeError => (Base(Scale) - 1) / (Base(Scale) + 1);

    /// <summary>Adds a value.</summary>
    /// <param name="value">Finite, and not negative.</param>
    public void Add(double value)
    {
        if (!double.IsFinite(value) || value < 0)
            throw new ArgumentOutOfRangeException(nameof(value), value, "Finite, and not negative.");
        AddTotals(1, value, value, value);
        if (value == 0)
        {
            ZeroCount++;
            return;
        }

        // Always by way of the finest scale: near a bound, the logarithm of another scale might say the other bucket.
        long index = IndexAtMaxScale(value) >> (MaxScale - Scale);
        index >>= MakeRoom(index, index);
        _buckets[index - Offset]++;
    }

    /// <summary>Adds the values of another one, which does not change.</summary>
    public void Merge(ExponentialHistogram other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Count == 0)
            return;
        AddTotals(other.Count, other.Sum, other.Min, other.Max);
        ZeroCount += other.ZeroCount;
        if (other._buckets.Length == 0)
            return;
        if (other.Scale < Scale)
            Downscale(Scale - other.Scale);
        var shift = other.Scale - Scale;
        shift += MakeRoom((long)other.Offset >> shift, (other.Offset + (long)other._buckets.Length - 1) >> shift);
        for (var at = 0; at < other._buckets.Length; at++)
            _buckets[((other.Offset + (long)at) >> shift) - Offset] += other._buckets[at];
    }

    /// <summary>A percentile by nearest rank, within <see cref="RelativeError"/>.</summary>
    /// <param name="part">0 to 1: 0.95 is the 95th percentile.</param>
    /// <returns>Null without any value.</returns>
    public double? Quantile(double part)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(part, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(part, 1);
        if (Count == 0)
            return null;
        var rank = Math.Clamp((long)Math.Ceiling(part * Count), 1, Count);
        if (rank <= ZeroCount)
            return 0;
        var seen = ZeroCount;
        for (var at = 0; at < _buckets.Length; at++)
        {
            seen += _buckets[at];
            if (seen < rank)
                continue;
            var (low, high) = (LowerBound(Offset + at), LowerBound(Offset + at + 1L));

            // The one between them whose relative distance to both is the same.
            var middle = 2 * low * (high / (low + high));
            return double.IsFinite(middle) ? Math.Clamp(middle, Min, Max) : Max;
        }

        return Max;
    }

    /// <summary>What is below a bucket's values.</summary>
    public double LowerBound(long index) => Math.Pow(2, index * Math.ScaleB(1, -Scale));

    /// <summary>Takes what was stored, or sent.</summary>
    /// <returns>Null if it cannot be.</returns>
    public static ExponentialHistogram? Restore(
        int scale,
        long zeros,
        double sum,
        double min,
        double max,
        int offset,
        IReadOnlyList<long> buckets
    )
    {
        ArgumentNullException.ThrowIfNull(buckets);
        if (
            scale is < MinScale or > MaxScale
            || zeros is < 0 or > MaxStored
            || buckets.Count > MaxBuckets
            || offset < IndexOfExponent(-1075, scale)
            || offset + (long)buckets.Count > IndexOfExponent(1025, scale)
            || !double.IsFinite(sum)
            || !(min >= 0 && min <= max && double.IsFinite(max))
        )
            return null;
        var count = zeros;
        foreach (var one in buckets)
        {
            if (one < 0 || one > MaxStored - count)
                return null;
            count += one;
        }

        return count == 0
            ? null
            : new()
            {
                Scale = scale,
                Offset = offset,
                _buckets = [.. buckets],
                Count = count,
                ZeroCount = zeros,
                Sum = sum,
                Min = min,
                Max = max,
            };
    }

    /// <summary>The index of the bucket above a power of two.</summary>
    private static long IndexOfExponent(long exponent, int scale) => (exponent << MaxScale) >> (MaxScale - scale);

    private static double Base(int scale) => Math.Pow(2, Math.ScaleB(1, -scale));

    private static int IndexAtMaxScale(double value)
    {
        var exponent = Math.ILogB(value);
        var significand = Math.ScaleB(value, -exponent); // From 1 up to but not 2, exactly.
        if (significand == 1)
            return (exponent << MaxScale) - 1; // A power of two is the upper bound of its bucket.
        var within = (int)Math.Ceiling(Math.Log2(significand) * (1 << MaxScale)) - 1;
        return (exponent << MaxScale) + Math.Clamp(within, 0, (1 << MaxScale) - 1);
    }

    private void AddTotals(long count, double sum, double min, double max)
    {
        (Min, Max) = Count == 0 ? (min, max) : (Math.Min(Min, min), Math.Max(Max, max));
        Count += count;
        Sum = Math.Min(Sum + sum, double.MaxValue);
    }

    /// <summary>Makes buckets from one index to another, in this scale, where they are not there.</summary>
    /// <returns>By how much the scale had to fall.</returns>
    private int MakeRoom(long first, long last)
    {
        if (_buckets.Length > 0)
            (first, last) = (Math.Min(first, Offset), Math.Max(last, Offset + (long)_buckets.Length - 1));
        var fall = 0;
        for (; last - first >= MaxBuckets; fall++)
            (first, last) = (first >> 1, last >> 1);
        if (fall > 0)
            Downscale(fall);
        if (_buckets.Length == last - first + 1)
            return fall;
        var buckets = new long[last - first + 1];
        if (_buckets.Length > 0)
            _buckets.CopyTo(buckets, Offset - first);
        (_buckets, Offset) = (buckets, (int)first);
        return fall;
    }

    private void Downscale(int fall)
    {
        Scale -= fall;
        if (_buckets.Length == 0)
            return;
        var first = Offset >> fall;
        var buckets = new long[((Offset + _buckets.Length - 1) >> fall) - first + 1];
        for (var at = 0; at < _buckets.Length; at++)
            buckets[((Offset + at) >> fall) - first] += _buckets[at];
        (_buckets, Offset) = (buckets, first);
    }
}
