using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>The table <c>token-formats.txt</c>, read when the first text is masked.</summary>
internal static class TokenFormats
{
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const string Digits = "0123456789";

    /// <summary>By the first two characters.</summary>
    private static readonly Lazy<FrozenDictionary<(char, char), TokenFormat[]>> Table = new(static () =>
        Read()
            .GroupBy(static format => (format.Prefix[0], format.Prefix[1]))
            .ToFrozenDictionary(
                static group => group.Key,
                static group => group.OrderByDescending(static format => format.Prefix.Length).ToArray()
            )
    );

    /// <summary>The first two characters of all.</summary>
    public static IEnumerable<(char First, char Second)> Beginnings => Table.Value.Keys;

    /// <summary>The formats that begin with two characters, the longest beginning first.</summary>
    public static TokenFormat[] Beginning(char first, char second) =>
        Table.Value.TryGetValue((first, second), out var formats) ? formats : [];

    private static IEnumerable<TokenFormat> Read()
    {
        var alphabets = new Dictionary<string, SearchValues<char>>
        {
            ["w"] = SearchValues.Create(Letters + Digits),
            ["t"] = SearchValues.Create(Letters + Digits + "-_"),
            ["d"] = SearchValues.Create(Letters + Digits + "-_."),
            ["m"] = SearchValues.Create(Letters + Digits + "$"),
            ["b"] = SearchValues.Create(Letters + Digits + "-_+/=,"),
            ["h"] = SearchValues.Create(Digits + "abcdefABCDEF-"),
            ["u"] = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ" + Digits),
            ["l"] = SearchValues.Create("abcdefghijklmnopqrstuvwxyz" + Digits),
        };
        using var stream = typeof(TokenFormats).Assembly.GetManifestResourceStream("Kilometers.Plugin.Sdk.Redaction.token-formats.txt")
            ?? throw new InvalidOperationException("The table of token formats is not in the assembly.");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (
                line.Split('#')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [var prefix, var alphabet, var fewest, var most]
            )
                continue;
            yield return new(
                prefix,
                alphabets[alphabet],
                int.Parse(fewest, CultureInfo.InvariantCulture),
                most == "-" ? int.MaxValue : int.Parse(most, CultureInfo.InvariantCulture)
            );
        }
    }
}
