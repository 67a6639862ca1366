namespace Kilometers.Plugins.Analytics.Anomalies;

/// <summary>Which tools of one server are usually called, and in what order: a Markov chain of the first order.</summary>
internal sealed class ServerNorms
{
    /// <summary>Spells of calls that say what is usual.</summary>
    private const int Spells = 48;

    /// <summary>Tools whose followers are known.</summary>
    private const int MaxRows = 64;

    /// <summary>How many observed followers of a tool weigh as much as how often each tool is called at all.</summary>
    private const double PriorWeight = 2;

    private readonly Dictionary<string, Proportions> _followers = new(StringComparer.Ordinal);

    public Proportions Tools { get; } = new();

    /// <summary>How far from usual the mix of each spell was.</summary>
    public Window SpellMix { get; } = new(Spells);

    /// <summary>How surprising the order of each spell was, in bits per call.</summary>
    public Window SpellOrder { get; } = new(Spells);

    public Evidence Mix { get; } = new();

    public Evidence Order { get; } = new();

    /// <summary>How often a tool comes after another one, of 1.</summary>
    public double Follows(string previous, string tool) =>
        _followers.TryGetValue(previous, out var row) ? row.Of(tool, Tools.Of(tool), PriorWeight) : Tools.Of(tool);

    /// <summary>A tool was called; before it, another one was, or none of this session.</summary>
    public void Add(string? previous, string tool)
    {
        Tools.Add(tool);
        if (previous is null)
            return;
        if (!_followers.TryGetValue(previous, out var row))
        {
            if (_followers.Count >= MaxRows)
                return;
            _followers[previous] = row = new Proportions();
        }

        row.Add(tool);
    }

    public void Write(BinaryWriter writer)
    {
        Tools.Write(writer);
        SpellMix.Write(writer);
        SpellOrder.Write(writer);
        Mix.Write(writer);
        Order.Write(writer);
        writer.Write((byte)_followers.Count);
        foreach (var (tool, row) in _followers)
        {
            writer.Write(tool);
            row.Write(writer);
        }
    }

    /// <exception cref="InvalidDataException">There is something that no server's norms write.</exception>
    public void Read(BinaryReader reader)
    {
        Tools.Read(reader);
        SpellMix.Read(reader);
        SpellOrder.Read(reader);
        Mix.Read(reader);
        Order.Read(reader);
        _followers.Clear();
        for (var left = Stored.Count(reader.ReadByte(), MaxRows); left > 0; left--)
        {
            var row = new Proportions();
            _followers[reader.ReadString()] = row;
            row.Read(reader);
        }
    }
}
