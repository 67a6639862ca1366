using System.Buffers;
using System.Text;

namespace Kilometers.Link.Holding;

/// <summary>
/// Which lines may be requests that policy holds. It reads no JSON and never misses one: a line passes only if a method's text is nowhere in
/// it, and if nothing in it is escaped that could spell such a text.
/// </summary>
/// <param name="rules">The rules.</param>
public sealed class LineFilter(IReadOnlyList<HoldRule> rules)
{
    /// <summary>The escapes that spell no letter, digit or slash.</summary>
    private static readonly SearchValues<byte> Harmless = SearchValues.Create("\"\\bfnrt"u8);

    private readonly (byte[] Text, HoldRule Rule)[] _rules = [.. rules.Select(rule => (Encoding.UTF8.GetBytes(rule.Text), rule))];

    /// <summary>The rules that may be about a line; none if it may pass.</summary>
    /// <param name="line">The line.</param>
    public IReadOnlyList<HoldRule> Find(ReadOnlySpan<byte> line)
    {
        List<HoldRule>? found = null;
        bool? isSpelled = null;
        foreach (var (text, rule) in _rules)
            if (line.IndexOf(text) >= 0 || (isSpelled ??= HasSpelling(line)))
                (found ??= []).Add(rule);
        return found ?? (IReadOnlyList<HoldRule>)[];
    }

    private static bool HasSpelling(ReadOnlySpan<byte> line)
    {
        for (var at = line.IndexOf((byte)'\\'); at >= 0; at = line.IndexOf((byte)'\\'))
        {
            if (at + 1 >= line.Length || !Harmless.Contains(line[at + 1]))
                return true;
            line = line[(at + 2)..];
        }

        return false;
    }
}
