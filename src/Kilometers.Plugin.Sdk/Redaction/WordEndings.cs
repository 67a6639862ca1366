using System.Collections.Frozen;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>How names end, by the last letter: most names are told by it.</summary>
/// <param name="endings">In lower case.</param>
internal sealed class WordEndings(IEnumerable<string> endings)
{
    private readonly FrozenDictionary<char, string[]> _byLetter = endings
        .Distinct()
        .GroupBy(static ending => ending[^1])
        .ToFrozenDictionary(static group => group.Key, static group => group.ToArray());

    /// <summary>Whether a name in lower case ends with one of them.</summary>
    public bool EndAny(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty || !_byLetter.TryGetValue(name[^1], out var endings))
            return false;
        foreach (var ending in endings)
        {
            if (name.EndsWith(ending, StringComparison.Ordinal))
                return true;
        }
        return false;
    }
}
