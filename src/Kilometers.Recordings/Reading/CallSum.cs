using System.Text;
using Kilometers.Recordings.Storage;

namespace Kilometers.Recordings.Reading;

/// <summary>Calls that are counted together: those of an hour with the same method and name, or a single call.</summary>
/// <remarks>Valid until the next one is read.</remarks>
internal readonly ref struct CallSum
{
    /// <summary>The session's row.</summary>
    public required long Session { get; init; }

    /// <summary>Of one call, when it began; of several, when their hour begins. Microseconds since 1970-01-01 UTC.</summary>
    public required long Started { get; init; }

    public required string Method { get; init; }

    /// <summary>The tool, prompt or resource; empty: none.</summary>
    public required string Name { get; init; }

    public required long Calls { get; init; }

    public required long Errors { get; init; }

    public required long RequestBytes { get; init; }

    public required long ResponseBytes { get; init; }

    /// <summary>As far as tokens were counted.</summary>
    public required long RequestTokens { get; init; }

    public required long ResponseTokens { get; init; }

    /// <summary>The longest latency; null: there is no answer.</summary>
    public required long? Slowest { get; init; }

    /// <summary>The call that took longest, where it is known.</summary>
    public required long? SlowestCall { get; init; }

    /// <summary>The latencies of several calls; of one call it is <see cref="Slowest"/>.</summary>
    public required LatencyList Latencies { get; init; }

    /// <summary>Adds all latencies to a list.</summary>
    public void AddLatenciesTo(List<long> latencies)
    {
        if (Latencies.IsEmpty && Slowest is { } latency)
            latencies.Add(latency);
        foreach (var one in Latencies)
            latencies.Add(one);
    }
}

/// <summary>Takes sums as they are read.</summary>
internal interface ICallSumSink
{
    void Add(in CallSum sum);
}

/// <summary>Texts of rows: few differ, so few are made.</summary>
internal sealed class TextCache
{
    /// <summary>Longer texts, of which there are few, are cut.</summary>
    private const int MaxLength = 512;

    private const int MaxKept = 4096;

    private readonly HashSet<string> _texts = new(StringComparer.Ordinal);

    public string Text(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty)
            return "";
        Span<char> text = stackalloc char[MaxLength];
        if (utf8.Length > MaxLength)
            utf8 = utf8[..MaxLength];
        var key = text[..Encoding.UTF8.GetChars(utf8, text)];
        if (_texts.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(key, out var known))
            return known;
        if (_texts.Count >= MaxKept)
            _texts.Clear();
        known = key.ToString();
        _texts.Add(known);
        return known;
    }
}
