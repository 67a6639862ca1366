namespace Kilometers.Plugins.Analytics.Anomalies;

/// <summary>
/// How rare a large value is, by what was seen: the peaks-over-threshold method of SPOT (Siffer et al., "Anomaly Detection in Streams with Extreme
/// Value Theory", KDD 2017). Among the largest values ranks tell; above them a generalized Pareto distribution does, fitted by
/// probability-weighted moments (Hosking and Wallis, 1987). It errs to the side of "not so rare": a tail is never taken to end, its shape gets a standard error on
/// top, and nothing is claimed to be rarer than the data can tell.
/// </summary>
internal sealed class Tail
{
    /// <summary>How many of the largest values are kept.</summary>
    private const int MaxKept = 1024;

    /// <summary>How many of them the distribution is fitted to.</summary>
    private const int MaxFitted = 256;

    /// <summary>With fewer, only ranks tell.</summary>
    private const int MinFitted = 24;

    /// <summary>The part of all values that the fit is for, at most.</summary>
    private const double FittedPart = 0.1;

    /// <summary>If at least this many values are larger, the rank is as good as any model.</summary>
    private const int EnoughLarger = 10;

    /// <summary>The rarest claim is once in this many times the number of values seen.</summary>
    private const double Reach = 30;

    /// <summary>Then half of what is known is forgotten: what was long ago counts less and less.</summary>
    private const double MaxSeen = 65_536;

    private const double MaxShape = 0.9;

    /// <summary>Ascending.</summary>
    private readonly List<float> _largest = [];
    private Fit? _fit;

    /// <summary>How many values it stands for.</summary>
    public double Seen { get; private set; }

    public void Add(double value)
    {
        Seen++;
        if (_largest.Count < MaxKept || value > _largest[0])
        {
            var at = _largest.BinarySearch((float)value);
            _largest.Insert(at < 0 ? ~at : at, (float)value);
            if (_largest.Count > MaxKept)
                _largest.RemoveAt(0);
            _fit = null;
        }

        if (Seen < MaxSeen)
            return;
        Seen /= 2;
        for (var at = _largest.Count - 2; at >= 0; at -= 2)
            _largest.RemoveAt(at);
        _fit = null;
    }

    /// <summary>The chance that the next value is as large, or larger. 1 for what is not large.</summary>
    public double Chance(double value)
    {
        var at = _largest.BinarySearch((float)value);
        at = at < 0 ? ~at : at;
        while (at > 0 && _largest[at - 1] >= (float)value)
            at--;
        var larger = _largest.Count - at;

        // Of values below all that are kept, it is not known how rare they are.
        if (at == 0 && Seen > _largest.Count)
            return 1;
        var rank = (larger + 1) / (Seen + 1);
        if (larger >= EnoughLarger || (_fit ??= Fit.Of(_largest, (int)Math.Min(MaxFitted, Seen * FittedPart))) is not { Count: > 0 } fit)
            return rank;
        return Math.Max(fit.Count / Seen * fit.Above(value), 1 / (Reach * Seen));
    }

    public void Write(BinaryWriter writer)
    {
        writer.Write(Seen);
        writer.Write((ushort)_largest.Count);
        foreach (var value in _largest)
            writer.Write(value);
    }

    /// <exception cref="InvalidDataException">There is something that no tail writes.</exception>
    public void Read(BinaryReader reader)
    {
        Seen = Stored.Count(reader.ReadDouble(), MaxSeen);
        _largest.Clear();
        _fit = null;
        var count = Stored.Count(reader.ReadUInt16(), Math.Min(MaxKept, Seen));
        for (var at = 0; at < count; at++)
            _largest.Add((float)Stored.Finite(reader.ReadSingle()));
        _largest.Sort();
    }

    /// <summary>A generalized Pareto distribution of what is above a threshold.</summary>
    private sealed record Fit(int Count, double Threshold, double Shape, double Scale)
    {
        public static Fit Of(List<float> ascending, int count)
        {
            if (count < MinFitted || count >= ascending.Count)
                return new Fit(0, 0, 0, 0);
            double threshold = ascending[^(count + 1)];
            double mean = 0,
                weighted = 0;
            for (var at = 0; at < count; at++)
            {
                var excess = ascending[ascending.Count - count + at] - threshold;
                mean += excess / count;
                weighted += excess * (count - 1 - at) / (count - 1.0) / count;
            }

            // Twice the weighted mean is less than the mean, unless all are equal.
            var difference = mean - (2 * weighted);
            var shape = difference > 0 ? 2 - (mean / difference) : 0;
            shape = Math.Clamp(Math.Max(0, shape) + (1 / Math.Sqrt(count)), 0, MaxShape);
            return mean > 0 ? new Fit(count, threshold, shape, mean * (1 - shape)) : new Fit(0, 0, 0, 0);
        }

        /// <summary>The chance of a value among those above the threshold.</summary>
        public double Above(double value) => value <= Threshold ? 1 : Math.Pow(1 + (Shape * (value - Threshold) / Scale), -1 / Shape);
    }
}
