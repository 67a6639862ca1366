namespace Kilometers.Clients.Tests.Generation;

/// <summary>Choices that a seed decides, so that a file that fails can be made again.</summary>
internal sealed class Dice(int seed)
{
    private static readonly string[] Words =
    [
        "npx",
        "-y",
        "--",
        "server",
        "a b",
        "",
        "é",
        "日本",
        "😀",
        "tab\there",
        "quote\"s",
        "it's",
        "back\\slash",
        "#no comment",
        "// no comment",
        "/* none */",
        "{",
        "]",
        ", ",
        ": ",
        "- x",
        "null",
        "1",
        "true",
        "~",
        "*a",
        "&b",
        "!c",
        "%d",
        "@e",
        "`f",
        "\u0085",
        "\u2028",
    ];

    private readonly Random _random = new(seed);

    public bool Chance(int percent) => _random.Next(100) < percent;

    public int Number(int below) => _random.Next(below);

    public T Of<T>(params ReadOnlySpan<T> choices) => choices[_random.Next(choices.Length)];

    public string Word() => Words[_random.Next(Words.Length)];

    /// <summary>Some of a list, in another order.</summary>
    public List<T> Shuffle<T>(IEnumerable<T> items)
    {
        var list = items.ToArray();
        _random.Shuffle(list);
        return [.. list];
    }

    public List<T> Many<T>(int most, Func<T> make) => [.. Enumerable.Range(0, _random.Next(most + 1)).Select(_ => make())];
}
