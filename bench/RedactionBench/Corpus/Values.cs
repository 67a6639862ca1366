namespace Kilometers.RedactionBench.Corpus;

/// <summary>Random values as services, generators of passwords and people make them.</summary>
internal sealed class Values(Random random)
{
    public const string Lower = "abcdefghijklmnopqrstuvwxyz";
    public const string Upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    public const string Digits = "0123456789";
    public const string HexDigits = "0123456789abcdef";
    public const string AlphaNumeric = Lower + Upper + Digits;
    public const string Url = AlphaNumeric + "-_";
    private const string Symbols = "!#%*+-.?@^_~";

    private static readonly string[] Words =
    [
        "walrus",
        "copper",
        "lantern",
        "orbit",
        "winter",
        "velvet",
        "maple",
        "thunder",
        "saffron",
        "harbor",
        "falcon",
        "pepper",
        "granite",
        "meadow",
    ];

    public string Of(string alphabet, int length) => string.Create(length, (random, alphabet), static (span, state) =>
        {
            foreach (ref var value in span)
                value = state.alphabet[state.random.Next(state.alphabet.Length)];
        });

    public string Of(string alphabet, int least, int most) => Of(alphabet, random.Next(least, most + 1));

    public string Hex(int length) => Of(HexDigits, length);

    public string Base64(int bytes)
    {
        var buffer = new byte[bytes];
        random.NextBytes(buffer);
        return Convert.ToBase64String(buffer);
    }

    public string Uuid() => $"{Hex(8)}-{Hex(4)}-4{Hex(3)}-a{Hex(3)}-{Hex(12)}";

    public T Any<T>(params ReadOnlySpan<T> choices) => choices[random.Next(choices.Length)];

    public string Word() => Any<string>(Words);

    /// <summary>A password that a person or a password manager made, without characters that would need quoting.</summary>
    public string Password() =>
        random.Next(6) switch
        {
            0 => Capital(Word()) + Of(Digits, 2, 4) + Any("!", "?", "#", "."),
            1 => Word() + Of(Digits, 2, 4),
            2 => $"{Word()}-{Word()}-{Word()}-{Of(Digits, 2)}",
            3 => Of(AlphaNumeric + Symbols, 14, 24),
            4 => Of(AlphaNumeric, 12, 20),
            _ => Capital(Word()).Replace('o', '0').Replace('e', '3') + "@" + Of(Digits, 3),
        };

    /// <summary>What a service hands out as a key without a telling beginning.</summary>
    public string Key() =>
        random.Next(7) switch
        {
            0 => Hex(32),
            1 => Hex(40),
            2 => Hex(64),
            3 => Base64(32),
            4 => Of(AlphaNumeric, 24, 48),
            5 => Of(Lower + Upper, 20, 40),
            _ => Of(Url, 22, 43),
        };

    public string Value() => random.Next(2) == 0 ? Password() : Key();

    private static string Capital(string word) => char.ToUpperInvariant(word[0]) + word[1..];
}
