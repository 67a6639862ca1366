namespace Kilometers.Plugins.Analytics.Anomalies;

/// <summary>What is usual for one tool of one server.</summary>
internal sealed class ToolNorms
{
    /// <summary>Calls that say what is usual.</summary>
    private const int Calls = 128;

    /// <summary>Spells of calls that say what is usual.</summary>
    private const int Spells = 48;

    /// <summary>Then errors and calls are halved.</summary>
    private const double MaxCalls = 1024;

    /// <summary>Logarithms of seconds, of single calls.</summary>
    public Window Latency { get; } = new(Calls);

    /// <summary>Logarithms of bytes, of single calls.</summary>
    public Window Size { get; } = new(Calls);

    /// <summary>The middle of each spell.</summary>
    public Window SpellLatency { get; } = new(Spells);

    /// <summary>The middle of each spell.</summary>
    public Window SpellSize { get; } = new(Spells);

    public Evidence Slower { get; } = new();

    public Evidence Larger { get; } = new();

    public Evidence Failing { get; } = new();

    /// <summary>Calls that say how many usually fail.</summary>
    public double Counted { get; private set; }

    /// <summary>Those of them that failed.</summary>
    public double Failed { get; private set; }

    /// <summary>The part of its calls that usually fails.</summary>
    public double FailedPart => (Failed + 0.5) / (Counted + 1);

    public void Count(int calls, int failed)
    {
        (Counted, Failed) = (Counted + calls, Failed + failed);
        if (Counted > MaxCalls)
            (Counted, Failed) = (Counted / 2, Failed / 2);
    }

    /// <summary>How often it fails has to be learned again.</summary>
    public void ForgetFailures() => (Counted, Failed) = (0, 0);

    public void Write(BinaryWriter writer)
    {
        foreach (var window in Windows)
            window.Write(writer);
        foreach (var evidence in Evidences)
            evidence.Write(writer);
        writer.Write(Counted);
        writer.Write(Failed);
    }

    /// <exception cref="InvalidDataException">There is something that no tool's norms write.</exception>
    public void Read(BinaryReader reader)
    {
        foreach (var window in Windows)
            window.Read(reader);
        foreach (var evidence in Evidences)
            evidence.Read(reader);
        Counted = Stored.Count(reader.ReadDouble(), MaxCalls);
        Failed = Stored.Count(reader.ReadDouble(), Counted);
    }

    private Window[] Windows => [Latency, Size, SpellLatency, SpellSize];

    private Evidence[] Evidences => [Slower, Larger, Failing];
}
