namespace Kilometers.Plugins.Analytics.Anomalies;

/// <summary>The last values of a stream, and what is usual among them: their middle and their spread, which outliers hardly move.</summary>
/// <param name="size">How many are kept.</param>
internal sealed class Window(int size)
{
    /// <summary>The middle and the spread are computed again after this many values.</summary>
    private const int Stale = 8;

    /// <summary>Of a normal distribution, this times the median distance from the median is the standard deviation.</summary>
    private const double NormalSpread = 1.4826;

    private readonly float[] _values = new float[size];
    private int _next;
    private int _since = Stale;
    private float[] _sorted = [];
    private double _spread;

    /// <summary>How many values there are.</summary>
    public int Count { get; private set; }

    public void Add(double value)
    {
        _values[_next] = (float)value;
        _next = (_next + 1) % size;
        Count = Math.Min(Count + 1, size);
        _since++;
    }

    /// <summary>A value by its rank; 0.5 is the middle. There must be values.</summary>
    public double Quantile(double part) => Sorted()[(int)Math.Min(part * _sorted.Length, _sorted.Length - 1)];

    /// <summary>By how many spreads a value is above the middle.</summary>
    /// <param name="value">The value.</param>
    /// <param name="least">The spread is at least this.</param>
    public double Score(double value, double least)
    {
        var middle = Quantile(0.5);
        return (value - middle) / Math.Max(least, _spread);
    }

    public void Clear() => (Count, _next, _since) = (0, 0, Stale);

    public void Write(BinaryWriter writer)
    {
        writer.Write((ushort)Count);
        for (var at = 0; at < Count; at++)
            writer.Write(_values[(_next - Count + at + size) % size]);
    }

    /// <exception cref="InvalidDataException">There is something that no window writes.</exception>
    public void Read(BinaryReader reader)
    {
        Clear();
        var count = reader.ReadUInt16();
        if (count > size)
            throw new InvalidDataException("More values than a window has.");
        for (var at = 0; at < count; at++)
            Add(Stored.Finite(reader.ReadSingle()));
    }

    private float[] Sorted()
    {
        if (_since < Stale && _sorted.Length == Count)
            return _sorted;
        _since = 0;
        if (_sorted.Length != Count)
            _sorted = new float[Count];
        Array.Copy(_values, _sorted, Count);
        Array.Sort(_sorted);
        var middle = Quantile(0.5);
        Span<float> distances = stackalloc float[Count];
        for (var at = 0; at < Count; at++)
            distances[at] = (float)Math.Abs(_sorted[at] - middle);
        distances.Sort();
        _spread = NormalSpread * distances[Count / 2];
        return _sorted;
    }
}
