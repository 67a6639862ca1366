namespace Kilometers.Plugins.Analytics.Anomalies;

/// <summary>How often each of some names comes, the newer the more it counts.</summary>
internal sealed class Proportions
{
    /// <summary>All further names are one.</summary>
    private const int MaxNames = 64;

    /// <summary>Then all counts are halved: what was long ago counts less and less.</summary>
    private const double MaxTotal = 4096;

    private const double Forgotten = 0.2;

    /// <summary>What each name counts before it came, and all that never came together: nothing is impossible.</summary>
    private const double Prior = 0.5;

    private const string Others = "";

    private readonly Dictionary<string, double> _counts = new(StringComparer.Ordinal);

    /// <summary>All counts.</summary>
    public double Total { get; private set; }

    /// <summary>How often a name comes, of 1.</summary>
    public double Of(string name) => (_counts.GetValueOrDefault(name) + Prior) / (Total + (Prior * (_counts.Count + 1)));

    /// <summary>How often a name comes, where little is known as often as otherwise.</summary>
    public double Of(string name, double otherwise, double weight) =>
        (_counts.GetValueOrDefault(name) + (weight * otherwise)) / (Total + weight);

    public void Add(string name)
    {
        if (!_counts.ContainsKey(name) && _counts.Count >= MaxNames)
            name = Others;
        _counts[name] = _counts.GetValueOrDefault(name) + 1;
        if (++Total < MaxTotal)
            return;
        foreach (var (known, count) in _counts.ToList())
        {
            if (count / 2 < Forgotten)
                _counts.Remove(known);
            else
                _counts[known] = count / 2;
        }

        Total = _counts.Values.Sum();
    }

    public void Write(BinaryWriter writer)
    {
        writer.Write((byte)_counts.Count);
        foreach (var (name, count) in _counts)
        {
            writer.Write(name);
            writer.Write((float)count);
        }
    }

    /// <exception cref="InvalidDataException">There is something that no proportions write.</exception>
    public void Read(BinaryReader reader)
    {
        _counts.Clear();
        for (var left = Stored.Count(reader.ReadByte(), MaxNames + 1); left > 0; left--)
            _counts[reader.ReadString()] = Stored.Count(reader.ReadSingle(), MaxTotal);
        Total = _counts.Values.Sum();
    }
}
