using System.Text;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>
/// Replaces secrets in text that is to be shown, stored or sent: the values of members and parameters whose name says secret, and what
/// looks like a credential wherever it stands. It rather masks too much. One pass, in time linear in the text whatever the text is, and
/// without a regular expression: the text may come from an attacker.
/// </summary>
public static class SecretMasker
{
    /// <summary>What stands in the place of a secret.</summary>
    public const string Mask = "***";

    /// <summary>Masks the secrets of a text: JSON, or any other.</summary>
    /// <param name="text">The text; need not be complete or valid.</param>
    /// <returns>The same text with each secret replaced by <see cref="Mask"/>, after the prefix that tells its kind.</returns>
    public static string Redact(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        StringBuilder? output = null;
        var copied = 0;
        var position = 0;
        while (position < text.Length)
        {
            if (Find(text, position) is { } secret)
            {
                output ??= new StringBuilder(text.Length);
                output.Append(text, copied, secret.Start - copied).Append(Mask);
                copied = position = secret.End;
            }
            else
            {
                position++;
            }
        }
        return output is null ? text : output.Append(text, copied, text.Length - copied).ToString();
    }

    /// <summary>The secret that is recognised at a position. Each recogniser looks at a character a bounded number of times (see there).</summary>
    private static Range? Find(string text, int position)
    {
        var first = text[position];
        if (first == '-') return PemBlock.Match(text, position);
        if (first == ':') return UrlCredentials.Match(text, position);
        if (!char.IsAsciiLetterOrDigit(first)) return null;
        if (position > 0 && Characters.IsWord(text[position - 1])) return null;
        if (char.IsAsciiDigit(first)) return CardNumber.Match(text, position);
        return KnownToken.Match(text, position) ?? NamedSecret.Match(text, position);
    }

    /// <summary>What is replaced.</summary>
    internal readonly record struct Range(int Start, int End);
}
