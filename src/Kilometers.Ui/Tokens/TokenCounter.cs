using Microsoft.ML.Tokenizers;

namespace Kilometers.Ui.Tokens;

/// <summary>
/// Counts the tokens that a text has for models of the o200k family. Making one takes a fraction of a second and some 80 MB, which is why the
/// tokenizer is in this program only, and why a counter is not kept.
/// </summary>
internal sealed class TokenCounter
{
    /// <summary>The name of the encoding.</summary>
    public const string Encoding = "o200k_base";

    /// <summary>Longer texts are counted in parts: the time for one long word grows faster than its length.</summary>
    private const int MaxPart = 50_000;

    private readonly TiktokenTokenizer _tokenizer = TiktokenTokenizer.CreateForEncoding(Encoding);

    public int Count(string text)
    {
        var tokens = 0;
        for (var at = 0; at < text.Length; at += MaxPart)
            tokens += _tokenizer.CountTokens(text.AsSpan(at, Math.Min(MaxPart, text.Length - at)));
        return tokens;
    }
}
